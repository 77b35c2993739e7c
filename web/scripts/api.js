/** The HTTP API. Every failure is a Problem with words that can be shown. */

const BASE = "/api/v1";
const TIMEOUT_MS = 20_000;

/** What went wrong: `code` of the contract, or `offline`; `fields` by name where it is a form's fault. */
export class Problem extends Error {
  constructor({ code, title, detail, status = 0, retryAfter = 0, errors = [] }) {
    super(detail || title);
    this.code = code;
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.retryAfter = retryAfter;
    this.fields = Object.fromEntries(errors.map((error) => [error.pointer.split("/").pop(), error.detail]));
  }
}

/** Sends a request and returns the answer's JSON; null when there is none. Throws Problem. */
export async function call(method, path, { body, key, keepalive = false } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["X-Idempotency-Key"] = key;
  let answer;
  try {
    answer = await fetch(BASE + path, {
      method,
      headers,
      keepalive,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: keepalive ? undefined : AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Problem({
      code: "offline",
      title: "Clipwave is out of reach",
      detail: "Check your connection, then try again.",
    });
  }
  const text = await answer.text();
  if (answer.ok) return text ? JSON.parse(text) : null;
  throw problemOf(answer, text);
}

function problemOf(answer, text) {
  const retryAfter = Number(answer.headers.get("Retry-After")) || 0;
  try {
    return new Problem({ ...JSON.parse(text), status: answer.status, retryAfter });
  } catch {
    return new Problem({
      code: "unknown",
      title: "Something went wrong",
      detail: `The server answered with ${answer.status}. Try again in a moment.`,
      status: answer.status,
      retryAfter,
    });
  }
}

/** Returns a random id as a UUID, also where the page isn't a secure context. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
