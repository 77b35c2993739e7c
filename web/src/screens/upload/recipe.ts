/** What is to be done with a chosen file, as signals of the editor and as the API takes it. */
import { signal, type Signal } from "@preact/signals";
import type { VideoUpload } from "../../api/types.gen";
import { newId } from "../../api/ids";
import { upload } from "../../strings/upload";

export const LONGEST_MS = 180_000;
export const SHORTEST_MS = 300;
export const MOST_CAPTIONS = 10;

type Effects = NonNullable<VideoUpload["effects"]>;
export type Look = NonNullable<Effects["filter"]>;
export type Fit = NonNullable<Effects["fit"]>;

/** Words on the picture; their times are on the timeline of the result. */
export interface Caption {
  readonly id: string;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: "s" | "m" | "l";
  readonly color: string;
  readonly startMs: number;
  readonly endMs: number | null;
}

/** `startMs`, `endMs` and `coverMs` are on the timeline of the file. */
export interface Recipe {
  readonly startMs: number;
  readonly endMs: number;
  readonly speed: number;
  readonly look: Look;
  readonly fit: Fit;
  readonly mirror: boolean;
  readonly volume: number;
  readonly soundMix: number;
  readonly captions: readonly Caption[];
  readonly coverMs: number | null;
}

/** A file being edited. */
export interface Draft {
  readonly file: File;
  readonly url: string;
  readonly recipe: Signal<Recipe>;
  /** Of the file in ms; 0 until known, and where this browser can't show it. */
  readonly durationMs: Signal<number>;
  /** Width over height of the file's picture. */
  readonly ratio: Signal<number>;
  readonly isShown: Signal<boolean | null>;
  readonly frames: Signal<readonly string[]>;
  /** Where the preview is, in ms of the file. */
  readonly nowMs: Signal<number>;
  /** The caption being worked on, by its id. */
  readonly chosen: Signal<string>;
  /** The preview's player, while there is one. */
  readonly player: { current: HTMLVideoElement | null };
}

const PLAIN: Recipe = {
  startMs: 0, endMs: 0, speed: 1, look: "none", fit: "none", mirror: false, volume: 1, soundMix: 0.5, captions: [], coverMs: null,
};

export function makeDraft(file: File): Draft {
  return {
    file,
    url: URL.createObjectURL(file),
    recipe: signal(PLAIN),
    durationMs: signal(0),
    ratio: signal(9 / 16),
    isShown: signal<boolean | null>(null),
    frames: signal<readonly string[]>([]),
    nowMs: signal(0),
    chosen: signal(""),
    player: { current: null },
  };
}

export function change(draft: Draft, changes: Partial<Recipe>): void {
  draft.recipe.value = { ...draft.recipe.peek(), ...changes };
}

export function changeCaption(draft: Draft, id: string, changes: Partial<Caption>): void {
  const captions = draft.recipe.peek().captions.map((each) => (each.id === id ? { ...each, ...changes } : each));
  change(draft, { captions });
}

export function addCaption(draft: Draft): void {
  const { captions } = draft.recipe.peek();
  const id = newId();
  const y = [0.5, 0.7, 0.3][captions.length % 3]!;
  const added: Caption = { id, text: upload.text.sample, x: 0.5, y, size: "m", color: "#ffffff", startMs: 0, endMs: null };
  change(draft, { captions: [...captions, added] });
  draft.chosen.value = id;
}

export function removeCaption(draft: Draft, id: string): void {
  const captions = draft.recipe.peek().captions.filter((each) => each.id !== id);
  change(draft, { captions });
  draft.chosen.value = captions.at(-1)?.id ?? "";
}

/** Moves the preview to a moment of the file. */
export function seek(draft: Draft, ms: number): void {
  draft.nowMs.value = ms;
  if (draft.player.current) draft.player.current.currentTime = ms / 1000;
}

/** How long the result will be, in ms; 0 while unknown. */
export function resultMs({ startMs, endMs, speed }: Recipe): number {
  return Math.round((endMs - startMs) / speed);
}

/** A moment of the file as one of the result. */
export function inResult({ startMs, speed }: Recipe, ms: number): number {
  return Math.max(0, Math.round((ms - startMs) / speed));
}

/** The recipe as the API takes it: without what stays as it is. */
export function effectsOf(recipe: Recipe, durationMs: number, hasSound: boolean): Effects | null {
  const { startMs, endMs, speed, look, fit, mirror, volume } = recipe;
  const isTrimmed = durationMs > 0 && (startMs > 0 || endMs < durationMs);
  const text = recipe.captions.filter((each) => each.text.trim()).map((each) => ({
    text: each.text, x: each.x, y: each.y, size: each.size, color: each.color, start_ms: each.startMs, end_ms: each.endMs,
  }));
  const effects: Effects = {
    ...(isTrimmed && { trim: { start_ms: startMs, end_ms: endMs } }),
    ...(speed !== 1 && { speed }),
    ...(look !== "none" && { filter: look }),
    ...(fit !== "none" && { fit }),
    ...(mirror && { mirror }),
    ...(text.length > 0 && { text }),
    ...(volume !== 1 && { volume }),
    ...(hasSound && { sound_mix: recipe.soundMix }),
  };
  return Object.keys(effects).length > 0 ? effects : null;
}

/** The cover as a moment of the result; undefined leaves the choice to the service. */
export function coverOf(recipe: Recipe): number | undefined {
  const { coverMs, startMs, endMs } = recipe;
  if (coverMs === null || endMs === 0) return undefined;
  return Math.min(inResult(recipe, Math.max(coverMs, startMs)), Math.max(0, resultMs(recipe) - 50));
}
