/** Lists that go on: pages of the API, fetched as the end comes near, kept for the way back. */
import { signal, type Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { get, type Options } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { here } from "../app/router";
import { identity } from "../session/session";
import { words } from "../strings/common";
import { Button } from "./button";
import styles from "./kit.module.css";
import { FailedWith, Skeleton } from "./states";

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface Pages<T> {
  readonly items: Signal<readonly T[]>;
  readonly state: Signal<"loading" | "more" | "end" | "failed">;
  readonly problem: Signal<Problem | null>;
  readonly more: () => Promise<void>;
  /** Starts over, as after something was added. */
  readonly reload: () => Promise<void>;
}

const KEPT = 20;
const cache = new Map<string, Pages<unknown>>();

/** The list at an API path. Coming back to a screen finds it as it was left. */
export function usePages<T>(path: string, query: Options["query"] = {}): Pages<T> {
  const key = JSON.stringify([here.value.key, identity.value, path, query]);
  const pages = useMemo(() => (cache.get(key) as Pages<T> | undefined) ?? remember(key, makePages<T>(path, query)), [key]);
  useEffect(() => {
    if (pages.state.peek() === "more" && pages.items.peek().length === 0) void pages.more();
  }, [pages]);
  return pages;
}

function remember<T>(key: string, pages: Pages<T>): Pages<T> {
  cache.set(key, pages as Pages<unknown>);
  if (cache.size > KEPT) cache.delete(cache.keys().next().value!);
  return pages;
}

function makePages<T>(path: string, query: Options["query"]): Pages<T> {
  const items = signal<readonly T[]>([]);
  const state = signal<"loading" | "more" | "end" | "failed">("more");
  const problem = signal<Problem | null>(null);
  let cursor: string | null = null;
  const more = async () => {
    if (state.peek() === "loading" || state.peek() === "end") return;
    state.value = "loading";
    try {
      const page: Page<T> = await get(path, { query: { ...query, cursor } });
      cursor = page.next_cursor;
      items.value = [...items.peek(), ...page.items];
      problem.value = null;
      state.value = cursor ? "more" : "end";
    } catch (thrown) {
      problem.value = asProblem(thrown);
      state.value = "failed";
    }
  };
  const reload = () => {
    cursor = null;
    items.value = [];
    state.value = "more";
    return more();
  };
  return { items, state, problem, more, reload };
}

interface ListProps<T> {
  readonly label: string;
  readonly pages: Pages<T>;
  readonly children: (item: T, at: number) => ComponentChildren;
  readonly keyOf: (item: T) => string;
  /** Shown instead of a list without items. */
  readonly empty: ComponentChildren;
  /** The shape of one item while the first page is on its way. */
  readonly skeleton?: ComponentChildren;
  /** `grid` for videos, `rows` for everything else. */
  readonly layout?: "rows" | "grid";
}

export function InfiniteList<T>({ label, pages, children, keyOf, empty, skeleton, layout = "rows" }: ListProps<T>) {
  const items = pages.items.value;
  const state = pages.state.value;
  if (state === "end" && items.length === 0) return <>{empty}</>;
  const isFirst = items.length === 0 && (state === "loading" || state === "more");
  return (
    <div aria-busy={state === "loading"}>
      <ul class={styles[layout]} aria-label={label}>
        {items.map((item, at) => <li key={keyOf(item)}>{children(item, at)}</li>)}
        {isFirst && Array.from({ length: 6 }, (_, at) => <li key={at} aria-hidden="true">{skeleton ?? <Skeleton height={layout === "grid" ? "auto" : "3.5rem"} />}</li>)}
      </ul>
      {state === "failed" && <FailedWith problem={pages.problem.value!} retry={() => void pages.more()} />}
      {state !== "failed" && state !== "end" && !isFirst && <More pages={pages as Pages<unknown>} />}
    </div>
  );
}

/** Fetches the next page when it comes near; a button for those who get there by keyboard. */
function More({ pages }: { readonly pages: Pages<unknown> }) {
  const end = useRef<HTMLDivElement>(null);
  const count = pages.items.value.length;
  useEffect(() => {
    const observer = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && void pages.more(), { rootMargin: "600px" });
    observer.observe(end.current!);
    return () => observer.disconnect();
  }, [pages, count]);
  return <div ref={end} class={styles.listEnd}><Button kind="quiet" busy={pages.state.value === "loading"} onClick={() => void pages.more()}>{words.loadMore}</Button></div>;
}
