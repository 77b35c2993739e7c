/** A feed on the screen: one video at a time, snapped into place, the neighbours ready. */
import { useComputed, useSignal, useSignalEffect, type Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { lazy } from "../../app/lazy";
import { Button, IconButton } from "../../kit/button";
import { Empty, FailedWith } from "../../kit/states";
import { feed as words } from "../../strings/feed";
import { Article, type Panel } from "./article";
import { listenToKeys } from "./keys";
import { Scroller } from "./scroller";
import { Stage } from "./stage";
import type { Entry, Store } from "./store";
import styles from "./feed.module.css";

const Panels = lazy(() => import("./panels"));

const BEFORE = 1;
const AFTER = 2;

interface ViewProps {
  readonly store: Store;
  /** The screen's name, read but not shown. */
  readonly title: string;
  /** Stands over the videos: tabs, or the way back. */
  readonly header: ComponentChildren;
  /** Shown where the feed has no videos at all. */
  readonly empty: ComponentChildren;
}

export function FeedView({ store, title, header, empty }: ViewProps) {
  const stage = useMemo(() => new Stage(store), [store]);
  const scroller = useRef<Scroller | null>(null);
  const feed = useRef<HTMLDivElement>(null);
  const panel = useSignal<Panel | null>(null);
  const count = useComputed(() => store.entries.value.length);
  const hasVideos = count.value > 0;
  const tail = hasVideos && (store.state.value === "end" || store.state.value === "failed");
  const places = count.value + (tail ? 1 : 0);

  useEffect(() => () => stage.close(), [stage]);
  useEffect(() => {
    if (store.entries.peek().length === 0 && store.state.peek() === "idle") void store.more();
  }, [store]);
  const placesNow = useRef(places);
  placesNow.current = places;
  useLayoutEffect(() => {
    if (!feed.current) return;
    scroller.current = new Scroller(feed.current, store.index, () => placesNow.current);
    scroller.current.place();
    return () => scroller.current?.close();
  }, [store, hasVideos]);
  useEffect(() => listenToKeys(stage, store, panel, (step) => scroller.current?.goTo(store.index.peek() + step)), [stage]);
  useFocusOnCurrent(store, feed);

  const step = (by: number) => () => scroller.current?.goTo(store.index.peek() + by);
  return (
    <div class={styles.screen} data-full="">
      <h1 class="visually-hidden" tabIndex={-1}>{title}</h1>
      <div class={`${styles.header} on-video`}>{header}</div>
      {hasVideos ? (
        <>
          <div ref={feed} class={styles.feed} role="feed" aria-label={words.list} aria-busy={store.state.value === "loading"}>
            <div class={styles.track} style={{ height: `${places * 100}%` }}>
              <Players stage={stage} store={store} />
              <Window store={store} stage={stage} panel={panel} />
              {tail && <Tail store={store} at={count.value} />}
            </div>
          </div>
          <div class={styles.steps}>
            <IconButton icon="up" label={words.previous} disabled={store.index.value === 0} onClick={step(-1)} />
            <IconButton icon="down" label={words.next} disabled={store.index.value >= places - 1} onClick={step(1)} />
          </div>
        </>
      ) : store.state.value === "failed" ? (
        <div class={styles.blank}><FailedWith problem={store.problem.value!} retry={() => void store.more()} /></div>
      ) : store.state.value === "end" ? (
        <div class={styles.blank}>{empty}</div>
      ) : (
        <Ghost />
      )}
      {panel.value && <Panels panel={panel.value} close={() => (panel.value = null)} open={(next) => (panel.value = next)} />}
    </div>
  );
}

/** Puts the three video elements where their videos are. They are never taken out of the page. */
function Players({ stage, store }: { readonly stage: Stage; readonly store: Store }) {
  const layer = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    layer.current!.replaceChildren(...stage.pool.players.map(({ video }) => {
      video.className = styles.video!;
      return video;
    }));
  }, [stage]);
  useSignalEffect(() => {
    const entries = store.entries.value;
    store.index.value;
    stage.supplied.value;
    for (const { key, video } of stage.pool.players) {
      const at = entries.findIndex((entry) => entry.key === key);
      video.style.setProperty("--at", String(Math.max(at, 0)));
      video.hidden = at < 0;
      if (at >= 0) video.dataset.fit = fitOf(entries[at]!);
    }
  });
  return <div ref={layer} class={styles.players} style={{ "--count": store.entries.value.length }} />;
}

/** What is wider than a phone is shown whole, everything else fills the stage. */
export function fitOf({ video }: Entry): "whole" | "fill" {
  const { width, height } = video.peek();
  return width && height && width / height > 0.7 ? "whole" : "fill";
}

/** Only what is near the viewer is in the page, however long the feed has become. */
function Window({ store, stage, panel }: { readonly store: Store; readonly stage: Stage; readonly panel: Signal<Panel | null> }) {
  const index = store.index.value;
  const first = Math.max(0, index - BEFORE);
  const near = store.entries.value.slice(first, index + AFTER + 1);
  return <>{near.map((entry, at) => <Article key={entry.key} entry={entry} at={first + at} current={first + at === index} stage={stage} panel={panel} />)}</>;
}

function Tail({ store, at }: { readonly store: Store; readonly at: number }) {
  const failed = store.state.value === "failed";
  return (
    <section class={`${styles.tail} on-video`} data-at={at} style={{ "--at": at }}>
      <Empty icon={failed ? "offline" : "check"} title={failed ? words.failed : words.end} detail={failed ? store.problem.value?.detail : words.endDetail}>
        <Button kind="primary" icon="refresh" onClick={() => (failed ? void store.more() : store.restart())}>{words.startOver}</Button>
      </Empty>
    </section>
  );
}

/** The shape of a video that is about to come. */
function Ghost() {
  return (
    <div class={styles.ghost} role="status" aria-label={words.list}>
      <span class={styles.ghostStage} />
    </div>
  );
}

/** Who works inside a video by keyboard goes with it to the next one. */
function useFocusOnCurrent(store: Store, feed: { current: HTMLElement | null }) {
  const wasInside = useRef(false);
  useSignalEffect(() => {
    store.index.value;
    const active = document.activeElement;
    wasInside.current = Boolean(active?.closest("article")) && Boolean(feed.current?.contains(active));
    if (wasInside.current) requestAnimationFrame(() => feed.current?.querySelector<HTMLElement>("article[aria-current=true]")?.focus({ preventScroll: true }));
  });
}
