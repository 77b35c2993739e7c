/** The way around: a bar at the bottom of phones, a rail at the side of everything wider. */
import { useComputed } from "@preact/signals";
import { Avatar } from "../kit/avatar";
import { Icon, type IconName } from "../kit/icon";
import { hasRole, me, signInAsked } from "../session/session";
import { words } from "../strings/common";
import { here } from "./router";
import styles from "./shell.module.css";
import { unread } from "./unread";

const { nav } = words;

export function Nav() {
  return (
    <nav class={styles.nav} aria-label={nav.label}>
      <a class={styles.brand} href="/" aria-label={words.brand}>
        <img src="/favicon.svg" alt="" width="32" height="32" loading="lazy" />
        <span>{words.brand}</span>
      </a>
      <ul class={styles.links}>
        <Item href="/" icon="home" label={nav.home} also={["/following", "/trending"]} />
        <Item href="/search" icon="search" label={nav.search} also={["/tag/", "/sound/"]} />
        <Item href="/upload" icon="plus" label={nav.upload} also={["/upload/"]} class={styles.upload} />
        <Inbox />
        {hasRole("creator") && <Item href="/studio" icon="chart" label={nav.studio} also={["/studio/"]} class={styles.wide} />}
        {hasRole("moderator") && <Item href="/moderation" icon="shield" label={nav.moderation} also={["/moderation/"]} class={styles.wide} />}
        <Own />
      </ul>
    </nav>
  );
}

interface ItemProps {
  readonly href: string;
  readonly icon: IconName;
  readonly label: string;
  readonly also?: readonly string[];
  readonly class?: string | undefined;
}

function useCurrent(href: string, also: readonly string[] = []) {
  return useComputed(() => here.value.path === href || also.some((each) => here.value.path.startsWith(each))).value;
}

function Item({ href, icon, label, also, class: extra = "" }: ItemProps) {
  const current = useCurrent(href, also);
  return (
    <li class={extra}>
      <a class={styles.item} href={href} aria-current={current ? "page" : undefined}>
        <Icon name={icon} filled={current} />
        <span>{label}</span>
      </a>
    </li>
  );
}

function Inbox() {
  const current = useCurrent("/notifications");
  const count = unread.value;
  return (
    <li>
      <a class={styles.item} href="/notifications" aria-current={current ? "page" : undefined}>
        <span class={styles.counted}>
          <Icon name="bell" filled={current} />
          {count > 0 && <b class={styles.badge}>{count > 99 ? "99+" : count}<span class="visually-hidden"> {nav.unread} </span></b>}
        </span>
        <span>{nav.notifications}</span>
      </a>
    </li>
  );
}

function Own() {
  const person = me.value;
  const current = useCurrent(`/@${person?.username}`, [`/@${person?.username}/`, "/settings"]);
  if (person === undefined) return <li><span class={styles.item} /></li>;
  if (person === null) {
    return (
      <li>
        <button class={styles.item} type="button" onClick={() => (signInAsked.value = { reason: "" })}>
          <Icon name="user" />
          <span>{nav.signIn}</span>
        </button>
      </li>
    );
  }
  return (
    <li>
      <a class={styles.item} href={`/@${person.username}`} aria-current={current ? "page" : undefined}>
        <Avatar person={person} size={26} />
        <span>{nav.profile}</span>
      </a>
    </li>
  );
}
