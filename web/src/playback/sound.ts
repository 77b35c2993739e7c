/** Whether videos are heard: one choice for all of them, kept for the next visit. */
import { signal } from "@preact/signals";
import { keep, kept } from "../kept";

const NAME = "muted";

export const muted = signal(kept(NAME) === "yes");
/** Whether the browser, not the viewer, muted it: until the first gesture. */
export const isBlocked = signal(false);

export function setMuted(choice: boolean): void {
  muted.value = choice;
  isBlocked.value = false;
  keep(NAME, choice ? "yes" : null);
}

/** The browser plays sound only after a gesture: begins without, and without forgetting the choice. */
export function onBlocked(): void {
  muted.value = true;
  isBlocked.value = true;
}
