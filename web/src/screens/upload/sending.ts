/** Sends files to the bucket, whatever screen is shown: one form, or parts that can be taken up again. */
import { signal, type Signal } from "@preact/signals";
import { get, post } from "../../api/client";
import { asProblem, Problem, problemOf } from "../../api/problem";
import type { Announced, ArrivedPart, MultipartUpload, PostUpload } from "../../api/types.gen";
import { keep, kept } from "../../kept";
import { words } from "../../strings/common";
import { upload as strings } from "../../strings/upload";

type Offer = Announced["upload"];

export interface Sending {
  readonly state: "sending" | "waiting" | "sent" | "failed";
  readonly sent: number;
  readonly total: number;
  readonly problem: Problem | null;
}

/** What is remembered of a file over reloads, to recognise it. */
export interface Announcement {
  readonly name: string;
  readonly size: number;
  readonly lastModified: number;
}

const TRIES = 5;
const LONGEST_PAUSE_MS = 10_000;
const AT_ONCE = 3; // parts
const STALLED_MS = 60_000;

const sendings = new Map<string, Signal<Sending>>();

export const sendingOf = (id: string): Signal<Sending> | undefined => sendings.get(id);

export function announcementOf(id: string): Announcement | null {
  const text = kept(`upload.${id}`);
  return text ? (JSON.parse(text) as Announcement) : null;
}

/** Starts to send a video's file, or goes on with it; `offer` is asked for where it isn't given. */
export function send(id: string, file: File, offer: Offer | null = null): Signal<Sending> {
  const running = sendings.get(id);
  if (running && running.peek().state !== "failed") return running;
  const state = running ?? signal<Sending>({ state: "sending", sent: 0, total: file.size, problem: null });
  state.value = { ...state.peek(), state: "sending", problem: null };
  sendings.set(id, state);
  keep(`upload.${id}`, JSON.stringify({ name: file.name, size: file.size, lastModified: file.lastModified } satisfies Announcement));
  addEventListener("beforeunload", warn);
  void sendAll(id, file, offer, state).finally(() => {
    if (![...sendings.values()].some((each) => isUnderWay(each.peek()))) removeEventListener("beforeunload", warn);
  });
  return state;
}

const isUnderWay = ({ state }: Sending): boolean => state === "sending" || state === "waiting";
const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

async function sendAll(id: string, file: File, first: Offer | null, state: Signal<Sending>): Promise<void> {
  let offer = first;
  let best = 0;
  const note = (sent: number) => (state.value = { ...state.peek(), state: "sending", sent: Math.min(sent, file.size) });
  for (let failures = 0; ; ) {
    try {
      offer ??= await get<Offer>(`/videos/${id}/upload`);
      await (offer.kind === "multipart" ? sendParts(id, file, offer, note) : sendForm(file, offer as PostUpload, note));
      break;
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code === "upload_finished") break;
      failures = state.peek().sent > best ? 1 : failures + 1;
      best = Math.max(best, state.peek().sent);
      offer = null; // its addresses may be over
      if (!problem.isPassing || failures === TRIES) return void (state.value = { ...state.peek(), state: "failed", problem });
      state.value = { ...state.peek(), state: "waiting" };
      await pause(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures));
    }
  }
  keep(`upload.${id}`, null);
  state.value = { ...state.peek(), state: "sent", sent: file.size };
}

/** Waits; offline, for the line. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (navigator.onLine) setTimeout(resolve, ms);
    else addEventListener("online", () => resolve(), { once: true });
  });
}

function sendForm(file: File, { url, fields }: PostUpload, note: (sent: number) => void): Promise<unknown> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  return request("POST", url, form, note);
}

async function sendParts(id: string, file: File, offer: MultipartUpload, note: (sent: number) => void): Promise<void> {
  const size = offer.part_size_bytes;
  const pieceOf = (number: number) => file.slice((number - 1) * size, number * size);
  // A part that broke off may have been kept as far as it came; such a one is sent again.
  const whole = offer.uploaded.filter((part) => part.size_bytes === pieceOf(part.number).size);
  const done = new Map<number, ArrivedPart>(whole.map((part) => [part.number, part]));
  const underWay = new Map<number, number>();
  const count = () => note(sum([...done.values()].map((part) => part.size_bytes)) + sum([...underWay.values()]));
  const left = offer.parts.filter(({ number }) => !done.has(number));
  count();
  const work = async () => {
    for (let part = left.shift(); part; part = left.shift()) {
      const { number, url } = part;
      const piece = pieceOf(number);
      const etag = await request("PUT", url, piece, (sent) => {
        underWay.set(number, sent);
        count();
      });
      underWay.delete(number);
      done.set(number, { number, etag, size_bytes: piece.size });
      count();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const parts = [...done.values()].map(({ number, etag }) => ({ number, etag })).sort((one, other) => one.number - other.number);
  await post(`/videos/${id}/upload/complete`, { parts });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Sends a body to the bucket and returns the ETag; XMLHttpRequest, since it tells how far it is. */
function request(method: string, url: string, body: XMLHttpRequestBodyInit, note: (sent: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    const offline = () => reject(new Problem("offline", words.outOfReach, words.checkConnection));
    let stalled = setTimeout(() => call.abort(), STALLED_MS);
    call.open(method, url);
    call.upload.onprogress = ({ loaded }) => {
      clearTimeout(stalled);
      stalled = setTimeout(() => call.abort(), STALLED_MS);
      note(loaded);
    };
    call.onload = () => (call.status < 300 ? resolve(call.getResponseHeader("ETag") ?? "") : reject(refusal(call)));
    call.onerror = call.onabort = offline;
    call.onloadend = () => clearTimeout(stalled);
    call.send(body);
  });
}

/** A bucket's refusal: 403 is an address that is over, so it passes with the next one. */
function refusal({ status, responseText }: XMLHttpRequest): Problem {
  if (status === 403) return new Problem("unknown", strings.progress.failedSending, words.checkConnection, 503);
  return problemOf(status, 0, responseText);
}
