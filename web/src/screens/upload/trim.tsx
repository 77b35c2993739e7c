/** Two handles on a strip of pictures: what is between them stays. */
import { useRef } from "preact/hooks";
import { Button } from "../../kit/button";
import { Slider } from "../../kit/choice";
import { upload } from "../../strings/upload";
import { change, LONGEST_MS, resultMs, seek, SHORTEST_MS, type Draft } from "./recipe";
import styles from "./upload.module.css";

const STEP_MS = 100;
const LEAP_MS = 1000;
const { trim } = upload;

type Side = "startMs" | "endMs";

export function Trim({ draft }: { readonly draft: Draft }) {
  const recipe = draft.recipe.value;
  const duration = draft.durationMs.value;
  const result = resultMs(recipe);
  if (draft.isShown.value === false) return <p class="muted">{upload.noPreview}</p>;
  const isWhole = recipe.startMs === 0 && recipe.endMs === duration;
  return (
    <div class="stack">
      <p class="muted">{trim.hint}</p>
      <Strip draft={draft} />
      <p class={styles.result} role="status">
        <b class="tabular">{trim.result(result)}</b>
        <span class="muted tabular">{trim.of(duration)}</span>
        <Button kind="quiet" disabled={isWhole} onClick={() => change(draft, { startMs: 0, endMs: duration })}>{trim.reset}</Button>
      </p>
      {result > LONGEST_MS && <p class={styles.wrong} role="alert">{trim.tooLong}</p>}
      <Slider label={upload.speed} value={recipe.speed} min={0.5} max={2} step={0.05} shown={upload.times(recipe.speed)} onInput={(speed) => change(draft, { speed })} />
      <Slider label={upload.volume} value={recipe.volume} min={0} max={2} step={0.05} shown={upload.percent(recipe.volume)} onInput={(volume) => change(draft, { volume })} />
    </div>
  );
}

function Strip({ draft }: { readonly draft: Draft }) {
  const strip = useRef<HTMLDivElement>(null);
  const { startMs, endMs } = draft.recipe.value;
  const duration = draft.durationMs.value || 1;
  const at = (ms: number) => `${(ms / duration) * 100}%`;
  const momentOf = (event: PointerEvent) => {
    const { left, width } = strip.current!.getBoundingClientRect();
    return ((event.clientX - left) / width) * duration;
  };
  return (
    <div ref={strip} class={styles.strip}>
      <Frames draft={draft} />
      <span class={styles.cut} style={{ left: 0, width: at(startMs) }} />
      <span class={styles.cut} style={{ left: at(endMs), right: 0 }} />
      <span class={styles.kept} style={{ left: at(startMs), right: `${100 - (endMs / duration) * 100}%` }} />
      <Playhead draft={draft} />
      {duration > 1 && <Handle draft={draft} side="startMs" label={trim.start} momentOf={momentOf} />}
      {duration > 1 && <Handle draft={draft} side="endMs" label={trim.end} momentOf={momentOf} />}
    </div>
  );
}

/** The pictures of a file's timeline. */
export function Frames({ draft }: { readonly draft: Draft }) {
  return <div class={styles.frames}>{draft.frames.value.map((frame, at) => <img key={at} src={frame} alt="" draggable={false} />)}</div>;
}

function Playhead({ draft }: { readonly draft: Draft }) {
  const at = draft.nowMs.value / (draft.durationMs.value || 1);
  return <span class={styles.playhead} style={{ left: `${Math.min(1, at) * 100}%` }} />;
}

interface HandleProps {
  readonly draft: Draft;
  readonly side: Side;
  readonly label: string;
  readonly momentOf: (event: PointerEvent) => number;
}

function Handle({ draft, side, label, momentOf }: HandleProps) {
  const value = draft.recipe.value[side];
  const duration = draft.durationMs.value;
  const drag = (event: PointerEvent) => {
    if ((event.currentTarget as HTMLElement).hasPointerCapture(event.pointerId)) moveTo(draft, side, momentOf(event));
  };
  const press = (event: KeyboardEvent) => {
    const by = event.shiftKey ? LEAP_MS : STEP_MS;
    const to = {
      ArrowLeft: value - by, ArrowDown: value - by, ArrowRight: value + by, ArrowUp: value + by,
      PageDown: value - LEAP_MS, PageUp: value + LEAP_MS, Home: 0, End: duration,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    moveTo(draft, side, to);
  };
  return (
    <span
      class={`${styles.handle} ${styles[side]}`} style={{ left: `${(value / duration) * 100}%` }}
      role="slider" tabIndex={0} aria-label={label} aria-valuemin={0} aria-valuemax={duration} aria-valuenow={Math.round(value)}
      aria-valuetext={upload.progress.took(value)} onKeyDown={press}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)} onPointerMove={drag}
    />
  );
}

/** Moves a handle as far as the other one and the shortest result allow, and shows that moment. */
function moveTo(draft: Draft, side: Side, ms: number): void {
  const { startMs, endMs, speed } = draft.recipe.peek();
  const least = Math.ceil(SHORTEST_MS * speed);
  const [from, until] = side === "startMs" ? [0, endMs - least] : [startMs + least, draft.durationMs.peek()];
  const to = Math.round(Math.max(from, Math.min(until, ms)));
  change(draft, { [side]: to });
  seek(draft, side === "endMs" ? Math.max(startMs, to - 40) : to);
}
