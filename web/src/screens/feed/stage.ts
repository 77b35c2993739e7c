/** What plays on the stage of a feed: three players that follow the viewer through it. */
import { batch, computed, effect, signal } from "@preact/signals";
import { prefetch } from "../../playback/heads";
import { Pool, type Wanted } from "../../playback/pool";
import { Watch } from "../../playback/watch";
import type { Entry, Store } from "./store";

const HEADS_AHEAD = 3;

export class Stage {
  /** Whether the viewer, not the page, has paused it. */
  readonly paused = signal(false);
  /** Where the current video is, in seconds. */
  readonly position = signal(0);
  /** Whether the viewer waits for data. */
  readonly stalled = signal(false);
  /** Rises when players were given to other videos. */
  readonly supplied = signal(0);
  readonly pool: Pool;

  #supplying = () => {};
  #watch: Watch | null = null;
  #stops: (() => void)[] = [];

  constructor(readonly store: Store) {
    this.pool = new Pool((video) => {
      this.position.value = video.currentTime;
      this.#watch?.advance(video.currentTime);
    });
    for (const { video } of this.pool.players) this.#listen(video);
    const key = computed(() => store.current?.key);
    this.#stops.push(
      effect(() => this.#enter(key.value)),
      effect(() => {
        this.#give(store.entries.value, store.index.value);
        this.#obey(key.value, this.paused.value);
      }),
      listen("visibilitychange", () => this.#obey(key.peek(), this.paused.peek())),
      listen("pagehide", () => this.#watch?.pause(), window),
    );
  }

  toggle(): void {
    this.paused.value = !this.paused.value;
  }

  seek(seconds: number): void {
    const { video } = this.pool;
    if (video) video.currentTime = this.position.value = seconds;
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#supplying();
    this.#watch?.end();
    this.pool.close();
  }

  /** Another video has become the current one: the last one's watching is over. */
  #enter(key: string | undefined): void {
    this.#watch?.end();
    const entry = this.store.entries.peek().find((each) => each.key === key);
    this.#watch = entry ? new Watch(entry.token, entry.video.peek().duration_ms ?? 0) : null;
    batch(() => {
      this.paused.value = false;
      this.position.value = 0;
      this.stalled.value = false;
    });
  }

  /** Sees that the current video has a player; the others can wait until it plays. */
  #give(entries: readonly Entry[], index: number): void {
    const near = [entries[index], entries[index + 1], entries[index - 1]].filter(isPlayable).map(wanted);
    if (near[0]?.key === entries[index]?.key) this.pool.want(near.slice(0, 1), near);
    const ahead = entries.slice(index + 1, index + 1 + HEADS_AHEAD);
    this.#supplying();
    this.#supplying = whenReady(near[0] && this.pool.of(near[0].key)?.video, () => this.#supply(near, ahead));
  }

  /** Gives players to the neighbours, and has the heads of the next ones fetched. */
  #supply(near: readonly Wanted[], ahead: readonly Entry[]): void {
    this.pool.want(near);
    prefetch(ahead.filter(isPlayable).map(({ video }) => video.peek().playback!));
    this.supplied.value += 1;
    this.store.ensureAhead();
  }

  #obey(key: string | undefined, paused: boolean): void {
    if (key === undefined || document.hidden || paused) {
      this.pool.pause();
      this.#watch?.pause();
    } else {
      void this.pool.play(key);
    }
  }

  #listen(video: HTMLVideoElement): void {
    const set = (stalled: boolean) => () => {
      if (this.pool.video === video) this.stalled.value = stalled;
    };
    video.addEventListener("waiting", set(true));
    for (const name of ["playing", "pause", "seeked"]) video.addEventListener(name, set(false));
  }
}

function isPlayable(entry: Entry | undefined): entry is Entry {
  return Boolean(entry?.video.peek().playback);
}

const wanted = ({ key, video }: Entry): Wanted => ({ key, playback: video.peek().playback! });

const SOON_MS = 250; // by then a swipe has come to rest
const PATIENCE_MS = 2_000;

/**
 * Does something once a video can play and the browser has time, yet not too late. Returns what
 * calls it off. Nothing may compete with the video that the viewer waits for.
 */
function whenReady(video: HTMLVideoElement | undefined, act: () => void): () => void {
  const over = new AbortController();
  const begin = () => {
    if (over.signal.aborted) return;
    over.abort();
    clearTimeout(patience);
    stop = soon(act);
  };
  let stop = () => over.abort();
  const patience = setTimeout(begin, PATIENCE_MS);
  if (!video || video.readyState >= video.HAVE_FUTURE_DATA) begin();
  else video.addEventListener("canplay", begin, { signal: over.signal });
  return () => {
    clearTimeout(patience);
    stop();
  };
}

/** Does something once the browser is idle. Safari doesn't say when it is. */
function soon(act: () => void): () => void {
  if ("requestIdleCallback" in window) {
    const handle = requestIdleCallback(act, { timeout: SOON_MS });
    return () => cancelIdleCallback(handle);
  }
  const handle = setTimeout(act, SOON_MS / 2);
  return () => clearTimeout(handle);
}

function listen(name: string, act: () => void, target: EventTarget = document): () => void {
  target.addEventListener(name, act);
  return () => target.removeEventListener(name, act);
}
