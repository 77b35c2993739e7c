/** The HTTP API: one function per method. Every failure is thrown as a Problem. */
import { signal } from "@preact/signals";
import { words } from "../strings/common";
import { newId } from "./ids";
import { Problem, problemOf } from "./problem";

const BASE = "/api/v1";
const TIMEOUT_MS = 20_000;
const LONGEST_WAIT_S = 5; // what takes longer is for the viewer to try again
const RETRIES = 2;

type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Options {
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** For what must be done once: the same key for every try, a new one for every intention. */
  readonly idempotencyKey?: string;
  /** Only if the object is still this version of it. */
  readonly etag?: string;
  /** Whether the request may outlive the page. */
  readonly keepalive?: boolean;
}

export interface Tagged<T> {
  readonly value: T;
  readonly etag: string;
}

/** What the last answers had to do without, as `recommendation`; empty where all is well. */
export const degraded = signal<readonly string[]>([]);

/** Set by the session store: what to do when the server says that nobody is signed in. */
export const onSignedOut: { call: () => void } = { call: () => {} };

export const get = <T>(path: string, options?: Options) => json<T>("GET", path, options);
export const put = <T = null>(path: string, options?: Options) => json<T>("PUT", path, options);
export const patch = <T>(path: string, body: unknown, options?: Options) => json<T>("PATCH", path, { ...options, body });
export const del = <T = null>(path: string, options?: Options) => json<T>("DELETE", path, options);

/** Posts a body. Give `idempotencyKey: newId()` wherever the contract says IK. */
export const post = <T = null>(path: string, body?: unknown, options?: Options) => json<T>("POST", path, { ...options, body });

/** Gets an object with its version, for a later `patch(path, changes, { etag })`. */
export async function getTagged<T>(path: string, options?: Options): Promise<Tagged<T>> {
  const answer = await send("GET", path, options);
  return { value: (await answer.json()) as T, etag: answer.headers.get("ETag") ?? "" };
}

async function json<T>(method: string, path: string, options?: Options): Promise<T> {
  const answer = await send(method, path, options);
  const text = await answer.text();
  return (text ? JSON.parse(text) : null) as T;
}

/** Sends a request, again where that is harmless and promises to help. */
async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  const isRepeatable = method !== "POST" || options.idempotencyKey !== undefined;
  for (let retry = 0; ; retry += 1) {
    try {
      return await sendOnce(method, path, options);
    } catch (thrown) {
      const problem = thrown as Problem;
      if (problem.code === "authentication_required") onSignedOut.call();
      const wait = problem.retryAfter || (problem.status === 0 ? 0.4 * 2 ** retry : 0);
      const isWorthIt = wait > 0 && wait <= LONGEST_WAIT_S && (isRepeatable || problem.status === 429);
      if (!isWorthIt || retry === RETRIES || options.signal?.aborted || options.keepalive) throw problem;
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }
}

async function sendOnce(method: string, path: string, options: Options): Promise<Response> {
  const { query, body, etag, idempotencyKey, keepalive = false } = options;
  const headers = new Headers({ Accept: "application/json" });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (idempotencyKey) headers.set("X-Idempotency-Key", idempotencyKey);
  if (etag) headers.set("If-Match", etag);
  let answer: Response;
  try {
    answer = await fetch(BASE + path + queryString(query), {
      method,
      headers,
      keepalive,
      body: body === undefined ? null : JSON.stringify(body),
      signal: keepalive ? null : limit(options.signal),
    });
  } catch (thrown) {
    if (options.signal?.aborted) throw new Problem("aborted", "", "");
    throw new Problem("offline", words.outOfReach, words.checkConnection);
  }
  noteDegraded(path, answer);
  if (answer.ok) return answer;
  throw problemOf(answer.status, Number(answer.headers.get("Retry-After")) || 0, await answer.text());
}

function limit(signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

function queryString(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length > 0 ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

function noteDegraded(path: string, answer: Response): void {
  const parts = answer.headers.get("X-Degraded");
  if (parts) degraded.value = parts.split(",").map((part) => part.trim());
  else if (answer.ok && path.startsWith("/feed") && degraded.value.length > 0) degraded.value = [];
}

export { newId };
