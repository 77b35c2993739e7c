/** Three players for a whole feed: the one on screen, the one before and the one after it. */
import { effect } from "@preact/signals";
import type { Playback } from "../api/types.gen";
import { Player } from "./player";
import { muted, onBlocked } from "./sound";

export interface Wanted {
  readonly key: string;
  readonly playback: Playback;
}

const SIZE = 3;

export class Pool {
  readonly players: readonly Player[] = Array.from({ length: SIZE }, () => new Player());
  #current: Player | null = null;
  #wanted = false;
  #stop: () => void;

  constructor(readonly onTime: (video: HTMLVideoElement) => void) {
    this.#stop = effect(() => {
      for (const { video } of this.players) video.muted = muted.value;
    });
    for (const { video } of this.players) {
      video.addEventListener("timeupdate", () => this.#current?.video === video && onTime(video));
    }
  }

  /** Returns the player of a place, if it has one. */
  of(key: string): Player | undefined {
    return this.players.find((player) => player.key === key);
  }

  /** Gives videos a player each, the first of them at once; all but those to be kept are let go. */
  want(wanted: readonly Wanted[], kept: readonly Wanted[] = wanted): void {
    const keys = new Set(kept.map(({ key }) => key));
    const free = this.players.filter(({ key }) => key === null || !keys.has(key));
    for (const { key, playback } of wanted) {
      if (this.of(key)) continue;
      const player = free.pop();
      if (!player) return;
      player.active = key === wanted[0]!.key;
      player.load(key, playback);
    }
    if (wanted === kept) for (const player of free) player.release();
  }

  /** Makes one the current player, from its beginning, and plays it; all others are paused. */
  async play(key: string): Promise<void> {
    const player = this.of(key);
    for (const other of this.players) {
      if (other === player) continue;
      other.video.pause();
      other.active = false;
    }
    if (!player) return;
    if (this.#current !== player || player.video.ended) rewind(player.video);
    this.#current = player;
    this.#wanted = true;
    player.active = true;
    await player.loaded;
    if (this.#isWanted(player, key)) await start(player.video);
    if (!this.#isWanted(player, key)) player.video.pause();
  }

  pause(): void {
    this.#wanted = false;
    this.#current?.video.pause();
  }

  #isWanted(player: Player, key: string): boolean {
    return this.#wanted && this.#current === player && player.key === key;
  }

  get video(): HTMLVideoElement | null {
    return this.#current?.video ?? null;
  }

  /** Lets go of everything; the pool is of no use afterwards. */
  close(): void {
    this.#stop();
    this.#current = null;
    for (const player of this.players) player.release();
  }
}

function rewind(video: HTMLVideoElement): void {
  if (video.currentTime > 0) video.currentTime = 0;
}

/** Plays with sound, or without where the browser wants a gesture first. */
async function start(video: HTMLVideoElement): Promise<void> {
  try {
    await video.play();
  } catch (thrown) {
    if ((thrown as DOMException).name !== "NotAllowedError" || video.muted) return;
    onBlocked();
    await video.play().catch(() => {});
  }
}
