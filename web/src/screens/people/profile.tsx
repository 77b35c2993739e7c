/** A person: who they are, how one stands to them, and what they made. */
import { useSignal } from "@preact/signals";
import type { User } from "../../api/types.gen";
import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";
import { del } from "../../api/client";
import { asProblem } from "../../api/problem";
import { Avatar } from "../../kit/avatar";
import { Button } from "../../kit/button";
import { Menu } from "../../kit/menu";
import { FollowButton } from "../../kit/person";
import { useResource, type Resource } from "../../kit/resource";
import { Empty, FailedWith, Skeleton } from "../../kit/states";
import { toast, toastProblem } from "../../kit/toast";
import { formatCount } from "../../i18n";
import { hasRole, me, withSession } from "../../session/session";
import { words as common } from "../../strings/common";
import { feed } from "../../strings/feed";
import { people as words } from "../../strings/people";
import { copy } from "../feed/copying";
import { ReportSheet } from "../feed/sheets";
import { BlockSheet } from "./block";
import { EditSheet } from "./edit";
import { Works } from "./works";
import styles from "./people.module.css";

export default function Profile({ params }: ScreenProps) {
  const person = useResource<User>(`/users/${params.id ?? `@${params.username}`}`);
  const user = person.value.value;
  useTitle(user ? user.display_name || `@${user.username}` : params.username ? `@${params.username}` : words.profile);
  if (person.problem.value && !user) return <div class="page"><FailedWith problem={person.problem.value} retry={() => void person.reload()} /></div>;
  return (
    <div class="page">
      <Head user={user} person={person} />
      {user?.relationship?.blocking ? <Blocked user={user} person={person} /> : <Works user={user} />}
    </div>
  );
}

interface HeadProps {
  readonly user: User;
  readonly person: Resource<User>;
}

/** The heading is there from the beginning: it has the focus of whoever has just arrived. */
function Head({ user, person }: { readonly user: User | null; readonly person: Resource<User> }) {
  const isOwn = user !== null && me.value?.id === user.id;
  return (
    <header class={styles.head} aria-busy={!user}>
      {user ? <Avatar person={user} size={96} /> : <Skeleton width="96px" height="96px" round />}
      <div class={styles.names}>
        <h1 tabIndex={-1}>{user ? user.display_name || user.username : <><Skeleton width="11rem" /><span class="visually-hidden">{words.profile}</span></>}</h1>
        {user ? <Handle user={user} /> : <Skeleton width="7rem" height="1.5rem" />}
      </div>
      {user ? <Counts user={user} /> : <div class={styles.counts}><Skeleton width="16rem" height="1.4rem" /></div>}
      <div class={styles.deeds}>{!user ? <Skeleton width="9rem" height="44px" /> : isOwn ? <OwnDeeds person={person} /> : <Deeds user={user} person={person} />}</div>
      {user?.bio && <p class={styles.bio}>{user.bio}</p>}
    </header>
  );
}

function Handle({ user }: { readonly user: User }) {
  const role = words.roles[user.role];
  return (
    <p class={styles.handle}>
      <span class="muted">@{user.username}</span>
      {role && <span class={styles.tag}>{role}</span>}
      {user.relationship?.followed_by && <span class={styles.tag}>{words.followsYou}</span>}
    </p>
  );
}

function Counts({ user }: { readonly user: User }) {
  return (
    <ul class={styles.counts}>
      <li><a href={`/@${user.username}/following`}><b>{formatCount(user.following_count)}</b> {words.following}</a></li>
      <li><a href={`/@${user.username}/followers`}><b>{formatCount(user.follower_count)}</b> {words.followers}</a></li>
      <li><span><b>{formatCount(user.received_like_count)}</b> {words.likes}</span></li>
    </ul>
  );
}

function OwnDeeds({ person }: { readonly person: Resource<User> }) {
  const edits = useSignal(false);
  return (
    <>
      <Button icon="edit" onClick={() => (edits.value = true)}>{words.edit}</Button>
      <Button icon="settings" href="/settings">{words.settings}</Button>
      {hasRole("creator") && <Button icon="chart" href="/studio" class={styles.onPhones}>{common.nav.studio}</Button>}
      {hasRole("moderator") && <Button icon="shield" href="/moderation" class={styles.onPhones}>{common.nav.moderation}</Button>}
      {edits.value && <EditSheet close={() => (edits.value = false)} onSaved={() => void person.reload()} />}
    </>
  );
}

function Deeds({ user, person }: HeadProps) {
  const open = useSignal<"report" | "block" | null>(null);
  const ask = (reason: string, name: "report" | "block") => () => withSession(reason, () => (open.value = name));
  const copyLink = async () => toast((await copy(`${location.origin}/@${user.username}`)) ? words.copied : `${location.origin}/@${user.username}`);
  const close = () => (open.value = null);
  const following = user.relationship?.following ?? false;
  const onFollow = (state: { state: string; follower_count: number }) => {
    const relationship = { following: state.state === "following", followed_by: user.relationship?.followed_by ?? false, blocking: false };
    person.value.value = { ...user, follower_count: state.follower_count, relationship };
  };
  return (
    <>
      {!user.relationship?.blocking && <FollowButton key={`${user.id} ${following}`} person={user} following={following} onChange={onFollow} />}
      <Menu label={words.options(user.username)} items={[
        { label: words.copy, icon: "link", run: () => void copyLink() },
        { label: words.report, icon: "flag", danger: true, run: ask(feed.reasonToReport, "report") },
        { label: words.block, icon: "block", danger: true, run: ask(feed.reasonToBlock, "block") },
      ]} />
      {open.value === "report" && <ReportSheet type="user" id={user.id} close={close} />}
      {open.value === "block" && <BlockSheet person={user} close={close} onBlocked={() => void person.reload()} />}
    </>
  );
}

function Blocked({ user, person }: HeadProps) {
  const busy = useSignal(false);
  const unblock = async () => {
    busy.value = true;
    try {
      await del(`/users/${user.id}/block`);
      toast(words.unblocked(user.username));
      await person.reload();
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    } finally {
      busy.value = false;
    }
  };
  return <Empty icon="block" title={words.blocking(user.username)} detail={words.blockingDetail}><Button busy={busy.value} onClick={unblock}>{words.unblock}</Button></Empty>;
}
