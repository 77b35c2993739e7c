/** How much this line carries, as the players measured it, remembered for the next visit. */
import { keep, kept } from "../kept";

const NAME = "bandwidth";
const FIRST_BPS = 2_000_000; // before anything was measured
const LEAST_BPS = 100_000;
const MOST_BPS = 100_000_000;

export const isMeasured = (): boolean => kept(NAME) !== null;

/** Returns the estimate in bits per second. */
export const estimate = (): number => Number(kept(NAME)) || FIRST_BPS;

export function remember(bitsPerSecond: number): void {
  if (!Number.isFinite(bitsPerSecond) || bitsPerSecond <= 0) return;
  keep(NAME, String(Math.round(Math.min(Math.max(bitsPerSecond, LEAST_BPS), MOST_BPS))));
}
