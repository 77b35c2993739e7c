/** Turns the playing of one impression into events: how long it was watched, and how far. */
import { report } from "./events";

const SEEN_AFTER_MS = 200;
const VIEW_MS = 1_000;
const PROGRESS_MS = 5_000;
const COMPLETE_SHARE = 0.95;
const SKIP_MS = 2_000; // who leaves earlier didn't want it
const LONGEST_STEP_S = 1.5; // more between two looks at the clock is a seek, not watching

export class Watch {
  #watchedMs = 0;
  #reportedMs = 0;
  #position = 0;
  #impressed = false;
  #viewed = false;
  #completed = false;
  #over = false;
  readonly #seen: ReturnType<typeof setTimeout>;

  constructor(readonly token: string | null, readonly durationMs: number) {
    this.#seen = setTimeout(() => {
      this.#impressed = true;
      report("impression", this.token);
    }, SEEN_AFTER_MS);
  }

  /** Takes in where the video is now, in seconds. */
  advance(seconds: number): void {
    const step = seconds - this.#position;
    if (step > 0 && step < LONGEST_STEP_S) this.#watchedMs += step * 1000;
    if (step < -0.5 && this.#completed) this.#tell("rewatch");
    this.#position = seconds;
    if (!this.#viewed && this.#watchedMs >= Math.min(VIEW_MS, this.durationMs * COMPLETE_SHARE)) {
      this.#viewed = true;
      this.#tell("view");
    }
    if (!this.#completed && this.#viewed && seconds * 1000 >= this.durationMs * COMPLETE_SHARE) {
      this.#completed = true;
      this.#tell("complete");
    } else if (this.#watchedMs - this.#reportedMs >= PROGRESS_MS) {
      this.#tell("progress");
    }
  }

  /** The page may be gone in a moment: says how far it came until now. */
  pause(): void {
    if (this.#watchedMs > this.#reportedMs) this.#tell("progress");
  }

  /** The viewer went on to another video; who only flicked past has not seen it. */
  end(): void {
    clearTimeout(this.#seen);
    if (this.#over) return;
    this.#over = true;
    if (!this.#impressed) return;
    if (!this.#completed && this.#watchedMs < SKIP_MS) this.#tell("skip");
    else this.pause();
  }

  #tell(type: "view" | "progress" | "complete" | "skip" | "rewatch"): void {
    this.#reportedMs = this.#watchedMs;
    report(type, this.token, { watchMs: this.#watchedMs, positionMs: this.#position * 1000 });
  }
}
