/** One video: its figures, how long people stay, where they come from, how it was tried out. */
import { useSignal } from "@preact/signals";
import type { Funnel, ShownExposure, VideoAnalytics } from "../../api/types.gen";
import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";
import { formatCount, formatDay, formatDayAndTime, formatPercent } from "../../i18n";
import { Button, IconButton } from "../../kit/button";
import { Choice } from "../../kit/choice";
import { useResource } from "../../kit/resource";
import { FailedWith, Skeleton } from "../../kit/states";
import { studio } from "../../strings/studio";
import { goBack } from "../../app/router";
import { words } from "../../strings/common";
import { Chart } from "./chart";
import { askDays, DAY_CHOICES, daysAsked, formatMetric, timezone } from "./figures";
import { nameOf, Poster, Table } from "./parts";
import styles from "./studio.module.css";

const { one } = studio;
const METRICS = ["views", "unique_viewers", "watch_time_ms", "average_watch_ms", "completion_rate", "impressions", "likes", "comments", "shares", "saves"] as const;

export default function OneVideo({ params }: ScreenProps) {
  useTitle(one.title);
  const days = daysAsked();
  const found = useResource<VideoAnalytics>(`/analytics/videos/${params.id}`, { days, timezone });
  const all = found.value.value;
  return (
    <div class="page wide">
      <Head all={all} id={params.id!} />
      <div class={styles.asked}>
        <Choice label={studio.days} hideLabel options={DAY_CHOICES} value={String(days)} onChange={askDays} />
        <p class={`muted ${styles.asOf}`}>{all ? studio.asOf(formatDayAndTime(all.as_of)) : " "}</p>
        <IconButton icon="refresh" label={studio.refresh} size={20} onClick={found.reload} />
      </div>
      {found.problem.value && !all ? <FailedWith problem={found.problem.value} retry={found.reload} /> : (
        <>
          <ul class={styles.figures} aria-label={studio.figures}>
            {METRICS.map((metric) => (
              <li key={metric} class={styles.figure}>
                <span class={styles.figureName}>{studio.metrics[metric]}</span>
                <b class="tabular">{all ? formatMetric(metric, all[metric]) : <Skeleton width="3.5rem" height="1.7rem" />}</b>
              </li>
            ))}
          </ul>
          <div class={styles.columns}>
            {all ? <Retention values={all.retention} /> : <Skeleton height="330px" />}
            {all ? <Exposure exposure={all.exposure} /> : <Skeleton height="330px" />}
            {all ? <Bars title={one.sources} rows={sourcesOf(all.sources)} /> : <Skeleton height="300px" />}
            {all ? <Bars title={one.funnel} rows={stepsOf(all.funnel)} /> : <Skeleton height="300px" />}
          </div>
        </>
      )}
    </div>
  );
}

function Head({ all, id }: { readonly all: VideoAnalytics | null; readonly id: string }) {
  return (
    <header class={styles.oneHead}>
      <IconButton icon="left" label={words.back} onClick={() => goBack("/studio/videos")} />
      {all ? <Poster video={all.video} /> : <Skeleton width="48px" height="76px" />}
      <div class={styles.oneName}>
        <h1 tabIndex={-1}>{all ? nameOf(all.video) : one.title}</h1>
        <p class="muted">{all?.video.published_at ? formatDay(all.video.published_at) : " "}</p>
      </div>
      <div class="row">
        <Button icon="edit" href={`/studio/videos/${id}/edit`}>{studio.actions.edit}</Button>
        <Button kind="quiet" icon="play" href={`/v/${id}`}>{studio.actions.watch}</Button>
      </div>
    </header>
  );
}

function Retention({ values }: { readonly values: readonly number[] }) {
  const hovered = useSignal<number | null>(null);
  const last = values.at(-1) ?? 0;
  const at = Math.min(hovered.value ?? values.length - 1, values.length - 1);
  const isKnown = values.some((value) => value > 0);
  return (
    <section class="card" aria-label={one.retention}>
      <header class={styles.lineHead}>
        <h2>{one.retention}</h2>
        <p class={`tabular ${styles.readout}`}>{isKnown && <><b>{formatPercent(values[at]!)}</b> <span class="muted">{one.at(at)}</span></>}</p>
      </header>
      <div class={styles.chartPlace}>
        {isKnown
          ? <Chart label={one.retentionChart(values.length - 1, formatPercent(last))} xs={values.map((_, second) => second)} lines={[values]} formatX={one.at} formatY={formatPercent} top={1} onHover={(place) => (hovered.value = place)} />
          : <p class="muted">{one.retentionNone}</p>}
      </div>
      {isKnown && <Table heads={[one.second, one.still]} rows={() => values.map((value, second) => [one.at(second), formatPercent(value)])} />}
    </section>
  );
}

interface Bar {
  readonly name: string;
  readonly count: number;
}

/** Counts as bars, each with its share of the largest. */
function Bars({ title, rows }: { readonly title: string; readonly rows: readonly Bar[] }) {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      <ul class={styles.bars}>
        {rows.map(({ name, count }) => (
          <li key={name}>
            <span>{name}</span>
            <b class="tabular">{formatCount(count)}</b>
            <span class={styles.barTrack}><span style={{ width: `${(count / most) * 100}%` }} /></span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function sourcesOf(sources: Readonly<Record<string, number>>): readonly Bar[] {
  return Object.entries(sources).map(([source, count]) => ({ name: one.source[source] ?? source, count })).sort((first, second) => second.count - first.count);
}

function stepsOf(funnel: Funnel): readonly Bar[] {
  return (Object.keys(one.steps) as (keyof Funnel)[]).map((step) => ({ name: one.steps[step], count: funnel[step] }));
}

/** What came of showing it to people who didn't ask for it. */
function Exposure({ exposure }: { readonly exposure: ShownExposure | null }) {
  return (
    <section class="card" aria-label={one.exposure}>
      <h2>{one.exposure}</h2>
      <p class="muted">{exposure ? one.exposureHint : one.exposureNone}</p>
      {exposure && (
        <div class={styles.exposure}>
          <p><span class={styles.badge}>{one.stage[exposure.stage] ?? exposure.stage}</span> <span>{one.shown(exposure.shown)}</span></p>
          <p><b>{one.decision[exposure.decision] ?? exposure.decision}</b></p>
          <Measure exposure={exposure} />
        </div>
      )}
    </section>
  );
}

function Measure({ exposure }: { readonly exposure: ShownExposure }) {
  const { watch_through: through, threshold } = exposure;
  const rows = [[one.through, through], [one.threshold, threshold]] as const;
  return (
    <ul class={styles.bars}>
      {rows.map(([name, share]) => (
        <li key={name}>
          <span>{name}</span>
          <b class="tabular">{share === null ? studio.noFigure : formatPercent(share)}</b>
          <span class={styles.barTrack}><span style={{ width: `${(share ?? 0) * 100}%` }} /></span>
        </li>
      ))}
    </ul>
  );
}
