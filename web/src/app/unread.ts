/** How many notifications wait, asked for now and then while the page is looked at. */
import { effect, signal } from "@preact/signals";
import { get } from "../api/client";
import type { Unread } from "../api/types.gen";
import { me } from "../session/session";

const EVERY_MS = 30_000;

export const unread = signal(0);

/** Asks again at once, as after reading them. */
export async function readUnread(): Promise<void> {
  if (!me.peek() || document.hidden || !navigator.onLine) return;
  try {
    unread.value = (await get<Unread>("/notifications/count")).unread;
  } catch {
    // the next time will do
  }
}

export function watchUnread(): void {
  effect(() => {
    if (me.value) void readUnread();
    else unread.value = 0;
  });
  setInterval(readUnread, EVERY_MS);
}
