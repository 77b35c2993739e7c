/** Feeds: their videos, where the viewer is in them, and how to get more. Kept while away. */
import { signal, type Signal } from "@preact/signals";
import { get } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import type { Feed, Reason, Video, VideoPage } from "../../api/types.gen";
import { wasSignedIn } from "../../session/hint";
import { readPage } from "./page";
import { identity, me } from "../../session/session";

const FIRST_PAGE = 6;
const PAGE = 10;
const AHEAD = 5;
const KEPT = 6;

/** A video in its place in a feed. */
export interface Entry {
  readonly key: string;
  readonly video: Signal<Video>;
  /** Proves to POST /events that it was shown; null where no feed chose it. */
  readonly token: string | null;
  readonly reasons: readonly Reason[];
}

interface Page {
  readonly entries: readonly Entry[];
  readonly cursor: string | null;
}

type Load = (cursor: string | null) => Promise<Page>;

export class Store {
  readonly entries = signal<readonly Entry[]>([]);
  readonly index = signal(0);
  readonly state = signal<"idle" | "loading" | "end" | "failed">("idle");
  readonly problem = signal<Problem | null>(null);
  #cursor: string | null = null;

  constructor(readonly load: Load) {}

  get current(): Entry | undefined {
    return this.entries.value[this.index.value];
  }

  /** Fetches the next page where the viewer comes near the end. */
  ensureAhead(): void {
    if (this.state.peek() === "idle" && this.index.peek() + AHEAD >= this.entries.peek().length) void this.more();
  }

  async more(): Promise<void> {
    if (this.state.peek() === "loading") return;
    this.state.value = "loading";
    try {
      const page = await this.load(this.#cursor);
      this.#cursor = page.cursor;
      const known = new Set(this.entries.peek().map(({ key }) => key));
      this.entries.value = [...this.entries.peek(), ...page.entries.filter(({ key }) => !known.has(key))];
      this.problem.value = null;
      this.state.value = page.cursor ? "idle" : "end";
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.status === 410 && this.#cursor) return this.#goOnAnew();
      this.problem.value = problem;
      this.state.value = "failed";
    }
  }

  /** Takes videos away at once; the next one moves up into the place of the current one. */
  remove(isUnwanted: (video: Video) => boolean): void {
    const before = this.entries.peek();
    const kept = before.filter(({ video }) => !isUnwanted(video.peek()));
    if (kept.length === before.length) return;
    const ahead = before.slice(0, this.index.peek()).filter(({ video }) => isUnwanted(video.peek())).length;
    this.index.value = Math.min(this.index.peek() - ahead, Math.max(0, kept.length - 1));
    this.entries.value = kept;
    this.ensureAhead();
  }

  restart(): void {
    this.#cursor = null;
    this.index.value = 0;
    this.entries.value = [];
    this.state.value = "idle";
    void this.more();
  }

  /** The snapshot behind the cursor is gone: goes on with a new one, behind what is here. */
  #goOnAnew(): Promise<void> {
    this.#cursor = null;
    this.state.value = "idle";
    return this.more();
  }
}

const stores = new Map<string, Store>();

/** Every feed that is kept, for what concerns all of them. */
export const allStores = (): Iterable<Store> => stores.values();

/** Returns a feed of the API by its source: `for_you`, `trending`, `hashtag:x`. */
export function feedOf(source: string): Store {
  const isPersonal = me.value === undefined ? wasSignedIn() : Boolean(me.value);
  return keptAs(`${identity.value} ${isPersonal} ${source}`, () => new Store((cursor) => readFeed(source, isPersonal, cursor)));
}

/** Returns one video, followed by those of where it was found, or by similar ones. */
export function videoAndMore(id: string, within: string | null): Store {
  return keptAs(`${identity.value} ${id} ${within}`, () => {
    let first = true;
    return new Store(async (cursor) => {
      if (!first) return more(id, within, cursor);
      const video = await readVideo(id);
      first = false;
      return { entries: [entryOf(video)], cursor: "begin" };
    });
  });
}

function keptAs(key: string, make: () => Store): Store {
  const found = stores.get(key) ?? make();
  stores.delete(key);
  stores.set(key, found);
  if (stores.size > KEPT) stores.delete(stores.keys().next().value!);
  return found;
}

/** Reads a video, from its public page where the API can't be asked. */
async function readVideo(id: string): Promise<Video> {
  try {
    return await get<Video>(`/videos/${id}`);
  } catch (thrown) {
    const video = asProblem(thrown).isPassing ? await readPage(id) : null;
    if (!video) throw thrown;
    return video;
  }
}

async function readFeed(source: string, isPersonal: boolean, cursor: string | null): Promise<Page> {
  const limit = cursor ? PAGE : FIRST_PAGE;
  const page = await get<Feed>("/feed", { query: { source, limit, cursor, mode: isPersonal ? null : "popular" } });
  const entries = page.items.map(({ video, impression_token, reasons }) => entryOf(video, impression_token, reasons));
  return { entries, cursor: page.next_cursor };
}

async function more(id: string, within: string | null, after: string | null): Promise<Page> {
  const cursor = after === "begin" ? null : after;
  const [kind, name = ""] = within?.split(/:(.*)/) ?? [];
  if (kind === "hashtag" || kind === "sound") return readFeed(within!, Boolean(me.peek()), cursor);
  const path = kind === "user" ? `/users/${name}/videos` : kind === "mine" ? `/users/me/${name}` : `/videos/${id}/similar`;
  const page = await get<VideoPage>(path, { query: { limit: PAGE, cursor } });
  return { entries: page.items.map((video) => entryOf(video)), cursor: page.next_cursor };
}

function entryOf(video: Video, token: string | null = null, reasons: readonly Reason[] = []): Entry {
  return { key: video.id, video: signal(video), token, reasons };
}
