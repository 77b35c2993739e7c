/** One object of the API, fetched when its path changes. */
import { signal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { getTagged, type Options } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { identity } from "../session/session";

export interface Resource<T> {
  readonly value: Signal<T | null>;
  readonly problem: Signal<Problem | null>;
  /** Of the version in `value`, for `patch(path, changes, { etag })`. */
  readonly etag: Signal<string>;
  readonly reload: () => Promise<void>;
}

/** Fetches what is at a path, and again for another person or path; null fetches nothing. */
export function useResource<T>(path: string | null, query: Options["query"] = {}): Resource<T> {
  const key = JSON.stringify([path, query, identity.value]);
  const resource = useMemo(() => makeResource<T>(path, query), [key]);
  useEffect(() => void resource.reload(), [resource]);
  return resource;
}

function makeResource<T>(path: string | null, query: Options["query"]): Resource<T> {
  const value = signal<T | null>(null);
  const problem = signal<Problem | null>(null);
  const etag = signal("");
  const reload = async () => {
    if (path === null) return;
    try {
      const tagged = await getTagged<T>(path, { query });
      value.value = tagged.value;
      etag.value = tagged.etag;
      problem.value = null;
    } catch (thrown) {
      problem.value = asProblem(thrown);
    }
  };
  return { value, problem, etag, reload };
}
