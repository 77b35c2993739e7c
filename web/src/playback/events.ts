/** Reports what was watched, in batches. What couldn't be sent is sent later, with the same ids. */
import { newId, post } from "../api/client";
import { asProblem } from "../api/problem";
import type { EventType, Receipt } from "../api/types.gen";

interface WatchEvent {
  readonly id: string;
  readonly type: EventType;
  readonly impression_token: string;
  readonly at: string;
  readonly watch_ms?: number;
  readonly position_ms?: number;
}

const EVERY_MS = 2_000;
const BATCH = 50;
const MOST_WAITING = 500;
const PAUSE_S = 5;

const waiting: WatchEvent[] = [];
let sending = false;
let pausedUntil = 0;

/** Notes an event of an impression; without a token there is nothing to report. */
export function report(type: EventType, token: string | null, at: { watchMs?: number; positionMs?: number } = {}): void {
  if (!token) return;
  waiting.push({
    id: newId(),
    type,
    impression_token: token,
    at: new Date().toISOString(),
    ...(at.watchMs ? { watch_ms: Math.round(at.watchMs) } : {}),
    ...(at.positionMs === undefined ? {} : { position_ms: Math.round(at.positionMs) }),
  });
  waiting.splice(0, Math.max(0, waiting.length - MOST_WAITING));
}

/** Sends what waits in requests that outlive the page; what fails is kept, should it live on. */
export function flushAtExit(): void {
  while (waiting.length > 0) {
    const events = waiting.splice(0, BATCH);
    post("/events", { events }, { keepalive: true }).catch((thrown) => putBack(events, thrown));
  }
}

async function flush(): Promise<void> {
  if (sending || waiting.length === 0 || Date.now() < pausedUntil || !navigator.onLine) return;
  sending = true;
  const events = waiting.splice(0, BATCH);
  try {
    await post<Receipt>("/events", { events });
  } catch (thrown) {
    putBack(events, thrown);
  } finally {
    sending = false;
  }
}

/** Keeps events that may yet be taken; those that the server refused would be refused again. */
function putBack(events: readonly WatchEvent[], thrown: unknown): void {
  const problem = asProblem(thrown);
  if (!problem.isPassing) return;
  waiting.unshift(...events);
  pausedUntil = Date.now() + Math.max(PAUSE_S, problem.retryAfter) * 1000;
}

setInterval(flush, EVERY_MS);
addEventListener("pagehide", flushAtExit);
document.addEventListener("visibilitychange", () => document.hidden && flushAtExit());
