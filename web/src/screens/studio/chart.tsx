/** Lines over time or over a video, drawn by a library that is loaded when the first is shown. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { theme } from "../../theme";
import styles from "./studio.module.css";

interface Props {
  /** The whole of it in a sentence, for those who don't see it. */
  readonly label: string;
  readonly xs: readonly number[];
  /** The line that matters first, then that to compare it with. */
  readonly lines: readonly (readonly number[])[];
  /** Whether `xs` are times, in seconds since 1970; else they are just numbers. */
  readonly isTime?: boolean;
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  /** The end of the vertical axis; else it is where the data end. */
  readonly top?: number;
  /** Called with the place under the pointer, null when it leaves. */
  readonly onHover?: (at: number | null) => void;
}

const HEIGHT = 240;
const dark = matchMedia("(prefers-color-scheme: dark)");

export function Chart({ label, ...drawn }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const scheme = useSignal(dark.matches);
  useEffect(() => {
    const change = () => (scheme.value = dark.matches);
    dark.addEventListener("change", change);
    return () => dark.removeEventListener("change", change);
  }, []);
  const key = JSON.stringify([drawn.xs, drawn.lines, theme.value, scheme.value]);
  useEffect(() => {
    let plot: uPlot | null = null;
    let isOver = false;
    const fit = new ResizeObserver(([entry]) => plot?.setSize({ width: Math.floor(entry!.contentRect.width), height: HEIGHT }));
    void import("uplot").then(({ default: Plot }) => {
      if (isOver || !box.current) return;
      plot = new Plot(options(box.current, drawn), [[...drawn.xs], ...drawn.lines.map((line) => [...line])], box.current);
      fit.observe(box.current);
    });
    return () => {
      isOver = true;
      fit.disconnect();
      plot?.destroy();
    };
  }, [key]);
  return <div ref={box} class={styles.chart} role="img" aria-label={label} />;
}

function options(box: HTMLElement, { lines, isTime = false, formatX, formatY, top, onHover }: Omit<Props, "label">): uPlot.Options {
  const [accent, muted, line] = ["--accent", "--muted", "--line"].map((name) => colorOf(box, name));
  const font = `12px ${getComputedStyle(box).fontFamily}`;
  const grid = { stroke: line!, width: 1 };
  const axis = { stroke: muted!, font, ticks: { show: false } };
  const isWhole = lines.every((each) => each.every(Number.isInteger));
  const highest = top ?? Math.max(4, ...lines.flat());
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 } },
    scales: { x: { time: isTime }, y: { range: [0, top ?? highest * 1.08] } },
    axes: [
      { ...axis, grid: { show: false }, space: 64, values: (_, values) => values.map((value) => (Number.isInteger(value) ? formatX(value) : "")) },
      { ...axis, grid, size: 48, space: 44, values: (_, values) => values.map((value) => (isWhole && value % 1 ? "" : formatY(value))) },
    ],
    series: [
      {},
      ...lines.map((_, at) => (at === 0
        ? { stroke: accent!, width: 2.5, fill: faded(accent!), points: { show: lines[0]!.length < 2 } }
        : { stroke: muted!, width: 1.5, dash: [5, 5], points: { show: false } })),
    ],
    hooks: { setCursor: [(plot) => onHover?.(plot.cursor.idx ?? null)] },
  };
}

/** A token's colour as a canvas understands it. */
function colorOf(box: HTMLElement, token: string): string {
  box.style.color = `var(${token})`;
  const color = getComputedStyle(box).color;
  box.style.color = "";
  return color;
}

const faded = (color: string): string => color.replace("rgb(", "rgba(").replace(")", ", 0.14)");
