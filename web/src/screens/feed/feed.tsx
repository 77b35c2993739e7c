/** The three feeds: For You, Following, Trending. */
import { here } from "../../app/router";
import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";
import { Button } from "../../kit/button";
import { Empty, Waiting } from "../../kit/states";
import { isKnown, me, signInAsked } from "../../session/session";
import { feed as words } from "../../strings/feed";
import { words as common } from "../../strings/common";
import { feedOf } from "./store";
import styles from "./feed.module.css";
import { FeedView } from "./view";

const { tabs } = words;
const FEEDS = [
  { href: "/following", source: "following", label: tabs.following },
  { href: "/", source: "for_you", label: tabs.for_you },
  { href: "/trending", source: "trending", label: tabs.trending },
] as const;

export default function Feed(_: ScreenProps) {
  const { path } = here.value;
  const shown = FEEDS.find(({ href }) => href === path) ?? FEEDS[1];
  useTitle(shown.source === "for_you" ? "" : shown.label);
  const header = (
    <nav class={styles.tabs} aria-label={tabs.label}>
      {FEEDS.map(({ href, label }) => <a key={href} href={href} aria-current={href === shown.href ? "page" : undefined}>{label}</a>)}
    </nav>
  );
  if (shown.source === "following" && !isKnown.value) return <Blank header={header}><Waiting /></Blank>;
  if (shown.source === "following" && !me.value) {
    return (
      <Blank header={header}>
        <Empty icon="users" title={words.signInForFollowing} heading={1}>
          <Button kind="primary" onClick={() => (signInAsked.value = { reason: "" })}>{common.nav.signIn}</Button>
        </Empty>
      </Blank>
    );
  }
  const store = feedOf(shown.source);
  const empty = shown.source === "following"
    ? <Empty icon="users" title={words.emptyFollowing} detail={words.emptyFollowingDetail}><Button kind="primary" href="/search">{words.discover}</Button></Empty>
    : <Empty icon="play" title={words.empty} detail={words.emptyDetail}><Button kind="primary" href="/upload">{common.nav.upload}</Button></Empty>;
  return <FeedView key={shown.source} store={store} title={shown.label} header={header} empty={empty} />;
}

function Blank({ header, children }: { readonly header: preact.ComponentChildren; readonly children: preact.ComponentChildren }) {
  return (
    <div class={styles.screen} data-full="">
      <div class={`${styles.header} on-video`}>{header}</div>
      <div class={styles.blank}>{children}</div>
    </div>
  );
}
