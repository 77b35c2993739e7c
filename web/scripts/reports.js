/** Reports what was watched, in batches; what couldn't be sent is sent later. */

import { call, newId } from "./api.js";

const EVERY_MS = 2_000;
const BATCH = 50;
const MOST_WAITING = 300;

const waiting = [];
let sending = false;
let pausedUntil = 0;

/** Notes an event of an impression; without a token there is nothing to report. */
export function report(type, token, { watchMs = 0, positionMs = null } = {}) {
  if (!token) return;
  const event = { id: newId(), type, impression_token: token, at: new Date().toISOString() };
  if (watchMs > 0) event.watch_ms = Math.round(watchMs);
  if (positionMs !== null) event.position_ms = Math.round(positionMs);
  waiting.push(event);
  waiting.splice(0, Math.max(0, waiting.length - MOST_WAITING));
}

/** Sends what waits; the page may be on its way out. */
export function flushAtExit() {
  while (waiting.length > 0) {
    const events = waiting.splice(0, BATCH);
    call("POST", "/events", { body: { events }, keepalive: true }).catch(() => waiting.push(...events));
  }
}

async function flush() {
  if (sending || waiting.length === 0 || Date.now() < pausedUntil || !navigator.onLine) return;
  sending = true;
  const events = waiting.splice(0, BATCH);
  try {
    await call("POST", "/events", { body: { events } });
  } catch (problem) {
    const worthwhile = problem.status === 0 || problem.status === 429 || problem.status >= 500;
    if (worthwhile) {
      waiting.unshift(...events);
      pausedUntil = Date.now() + Math.max(5, problem.retryAfter) * 1000;
    }
  } finally {
    sending = false;
  }
}

setInterval(flush, EVERY_MS);
addEventListener("pagehide", flushAtExit);
