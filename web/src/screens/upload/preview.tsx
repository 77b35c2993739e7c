/** The local file as it will look: trimmed, filtered, in shape, with its texts where they go. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { IconButton } from "../../kit/button";
import { formatDuration } from "../../i18n";
import { upload } from "../../strings/upload";
import type { Step } from "./editor";
import { changeCaption, change, inResult, resultMs, seek, type Caption, type Draft } from "./recipe";
import styles from "./upload.module.css";

interface Props {
  readonly draft: Draft;
  readonly step: Step;
}

export function Preview({ draft, step }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const paused = useSignal(true);
  const { look, fit, mirror } = draft.recipe.value;
  const ratio = fit === "none" ? draft.ratio.value : 9 / 16;
  useEffect(() => {
    draft.player.current = video.current;
    return () => (draft.player.current = null);
  }, [draft]);
  useSignalEffect(() => {
    const { speed, volume } = draft.recipe.value;
    Object.assign(video.current!, { playbackRate: speed, volume: Math.min(1, volume) });
  });
  const play = () => {
    const player = video.current!;
    if (!player.paused) return player.pause();
    const { startMs, endMs } = draft.recipe.peek();
    const at = player.currentTime * 1000;
    if (endMs > 0 && (at < startMs || at >= endMs - 50)) player.currentTime = startMs / 1000;
    void player.play().catch(() => (paused.value = true));
  };
  return (
    <section class={styles.preview} aria-label={upload.preview}>
      <div ref={box} class={styles.picture} style={{ "--ratio": ratio }}>
        <video
          ref={video} src={draft.url} playsInline preload="auto"
          class={`${styles[look]} ${fit === "pad" ? styles.pad : ""} ${mirror ? styles.mirror : ""}`}
          onLoadedMetadata={() => know(draft, video.current!)} onError={() => (draft.isShown.value = false)}
          onTimeUpdate={() => follow(draft, video.current!)} onPlay={() => (paused.value = false)} onPause={() => (paused.value = true)}
        />
        <span class={`${styles.tint} ${styles[`${look}Tint`] ?? ""}`} />
        {draft.isShown.value === false && <p class={styles.noPreview}>{upload.noPreview}</p>}
        <Overlays draft={draft} box={box} all={step === "text"} />
      </div>
      <div class={styles.controls}>
        <IconButton icon={paused.value ? "play" : "pause"} label={paused.value ? upload.play : upload.pause} disabled={!draft.isShown.value} onClick={play} />
        <Clock draft={draft} />
      </div>
      <p class={`muted ${styles.note}`}>{upload.previewNote}</p>
    </section>
  );
}

function Clock({ draft }: { readonly draft: Draft }) {
  const recipe = draft.recipe.value;
  return <span class="tabular muted">{formatDuration(inResult(recipe, draft.nowMs.value))} / {formatDuration(resultMs(recipe))}</span>;
}

/** Takes in what the browser knows of the file. */
function know(draft: Draft, video: HTMLVideoElement): void {
  const ms = Math.floor(video.duration * 1000);
  if (!Number.isFinite(ms) || video.videoWidth === 0) return void (draft.isShown.value = false);
  draft.durationMs.value = ms;
  draft.ratio.value = video.videoWidth / video.videoHeight;
  draft.isShown.value = true;
  change(draft, { endMs: ms });
}

/** Plays the kept part over and over. */
function follow(draft: Draft, video: HTMLVideoElement): void {
  const { startMs, endMs } = draft.recipe.peek();
  const at = video.currentTime * 1000;
  draft.nowMs.value = at;
  if (!video.paused && endMs > 0 && at >= endMs) seek(draft, startMs);
  if (video.ended) void video.play();
}

interface OverlaysProps {
  readonly draft: Draft;
  readonly box: { readonly current: HTMLDivElement | null };
  /** Whether those that aren't shown at the moment are shown as well. */
  readonly all: boolean;
}

function Overlays({ draft, box, all }: OverlaysProps) {
  const recipe = draft.recipe.value;
  const at = inResult(recipe, draft.nowMs.value);
  const isOn = ({ startMs, endMs }: Caption) => at >= startMs && (endMs === null || at < endMs);
  return (
    <>
      {recipe.captions.filter((each) => each.text.trim() && (all || isOn(each))).map((caption) => (
        <Overlay key={caption.id} {...{ draft, box, caption }} movable={all} faint={!isOn(caption)} />
      ))}
    </>
  );
}

const STEP = 0.01;
const LEAP = 0.05;

interface OverlayProps extends Omit<OverlaysProps, "all"> {
  readonly caption: Caption;
  readonly movable: boolean;
  readonly faint: boolean;
}

function Overlay({ draft, box, caption, movable, faint }: OverlayProps) {
  const { id, text, x, y, size, color } = caption;
  const look = `${styles.caption} ${styles[`size_${size}`]} ${isDark(color) ? styles.lightEdge : ""} ${faint ? styles.faint : ""}`;
  const style = { left: `${x * 100}%`, top: `${y * 100}%`, color };
  if (!movable) return <span class={look} style={style}>{text}</span>;
  const moveTo = (across: number, down: number) => changeCaption(draft, id, { x: share(across), y: share(down) });
  const drag = (event: PointerEvent) => {
    const target = event.currentTarget as HTMLElement;
    if (!target.hasPointerCapture(event.pointerId)) return;
    const { left, top, width, height } = box.current!.getBoundingClientRect();
    moveTo((event.clientX - left) / width, (event.clientY - top) / height);
  };
  const nudge = (event: KeyboardEvent) => {
    const by = event.shiftKey ? LEAP : STEP;
    const [across, down] = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[event.key] ?? [0, 0];
    if (!across && !down) return;
    event.preventDefault();
    moveTo(x + across!, y + down!);
  };
  return (
    <button
      type="button" class={`${look} ${styles.movable} ${draft.chosen.value === id ? styles.chosen : ""}`} style={style}
      aria-label={upload.text.move(text)} onKeyDown={nudge} onFocus={() => (draft.chosen.value = id)}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)} onPointerMove={drag}
    >
      {text}
    </button>
  );
}

const share = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;

/** Whether letters need a light edge, by luma, as the service decides it. */
function isDark(color: string): boolean {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return 0.299 * red! + 0.587 * green! + 0.114 * blue! < 128;
}
