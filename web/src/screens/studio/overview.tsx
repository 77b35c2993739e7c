/** How a creator's videos do: figures with those of the period before, a line by day, the latest videos. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { CreatorOverview, Point, Series, VideoFiguresPage } from "../../api/types.gen";
import { setQuery } from "../../app/router";
import { useTitle } from "../../app/title";
import { formatDay, formatDayAndTime, formatPercent } from "../../i18n";
import { Button, IconButton } from "../../kit/button";
import { Choice } from "../../kit/choice";
import { useResource } from "../../kit/resource";
import { Empty, FailedWith, Skeleton } from "../../kit/states";
import { studio } from "../../strings/studio";
import { Chart } from "./chart";
import { ALL, askDays, changeOf, DAY_CHOICES, daysAsked, DRAWN, formatMetric, metricAsked, timezone, type Days, type Shown } from "./figures";
import { nameOf, Poster, StudioHead, Table } from "./parts";
import styles from "./studio.module.css";

const EVERY_MS = 30_000;
/** The next longer period has the one before in it; of a year there is none. */
const WITH_BEFORE: Readonly<Record<Days, Days>> = { 7: 28, 28: 60, 60: 365, 365: 365 };

export default function Overview() {
  useTitle(studio.title);
  const [days, metric] = [daysAsked(), metricAsked()];
  const overview = useResource<CreatorOverview>("/analytics/overview", { days, timezone });
  const series = useResource<Series>("/analytics/series", { metric, days: WITH_BEFORE[days], timezone });
  const refresh = () => Promise.all([overview.reload(), series.reload()]);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void refresh(), EVERY_MS);
    return () => clearInterval(timer);
  }, [overview, series]);
  const found = overview.value.value;
  const problem = overview.problem.value;
  return (
    <div class="page wide">
      <StudioHead><Button kind="primary" icon="plus" href="/upload">{studio.upload}</Button></StudioHead>
      <div class={styles.asked}>
        <Choice label={studio.days} hideLabel options={DAY_CHOICES} value={String(days)} onChange={askDays} />
        <p class={`muted ${styles.asOf}`}>{found ? studio.asOf(formatDayAndTime(found.as_of)) : " "}</p>
        <IconButton icon="refresh" label={studio.refresh} size={20} onClick={refresh} />
        <Button kind="quiet" icon="download" href={`/api/v1/analytics/export?days=${days}&format=csv&timezone=${encodeURIComponent(timezone)}`}>{studio.export}</Button>
      </div>
      {problem && !found ? <FailedWith problem={problem} retry={refresh} /> : (
        <>
          <Figures overview={found} chosen={metric} />
          <Line {...{ days, metric, overview: found }} series={series.value.value} problem={series.problem.value !== null} retry={series.reload} />
          <Latest days={days} />
        </>
      )}
    </div>
  );
}

function Figures({ overview, chosen }: { readonly overview: CreatorOverview | null; readonly chosen: Shown }) {
  return (
    <ul class={styles.figures} aria-label={studio.figures}>
      {ALL.map((metric) => <li key={metric}><Figure {...{ overview, metric }} isChosen={metric === chosen} /></li>)}
    </ul>
  );
}

function Figure({ overview, metric, isChosen }: { readonly overview: CreatorOverview | null; readonly metric: Shown; readonly isChosen: boolean }) {
  const inside = (
    <>
      <span class={styles.figureName}>{studio.metrics[metric]}</span>
      <b class="tabular">{overview ? formatMetric(metric, overview[metric]) : <Skeleton width="3.5rem" height="1.7rem" />}</b>
      {overview ? <Change overview={overview} metric={metric} /> : <Skeleton width="2.5rem" height="1rem" />}
    </>
  );
  if (!DRAWN.includes(metric)) return <div class={styles.figure}>{inside}</div>;
  return <button type="button" class={styles.figure} aria-pressed={isChosen} onClick={() => setQuery({ metric: metric === "views" ? null : metric })}>{inside}</button>;
}

function Change({ overview, metric }: { readonly overview: CreatorOverview; readonly metric: Shown }) {
  const share = changeOf(overview, metric);
  if (share === null) return <small class="muted">{overview[metric] ? studio.isNew : " "}</small>;
  if (Math.abs(share) < 0.0005) return <small class="muted">{studio.noChange}</small>;
  const text = formatPercent(share);
  return (
    <small class={share > 0 ? styles.more : styles.less}>
      <span aria-hidden="true">{studio.change(text, share > 0)}</span>
      <span class="visually-hidden">{studio.changeRead(text, share > 0)}</span>
    </small>
  );
}

interface LineProps {
  readonly days: Days;
  readonly metric: Shown;
  readonly overview: CreatorOverview | null;
  readonly series: Series | null;
  readonly problem: boolean;
  readonly retry: () => void;
}

function Line({ days, metric, overview, series, problem, retry }: LineProps) {
  const hovered = useSignal<number | null>(null);
  const name = studio.metrics[metric];
  const points = series?.points.slice(-days) ?? [];
  const before = days === 365 ? [] : (series?.points.slice(-2 * days, -days) ?? []);
  const at = hovered.value === null || hovered.value >= points.length ? points.length - 1 : hovered.value;
  const write = (value: number) => formatMetric(metric, value);
  const xs = points.map((point) => Date.parse(point.at) / 1000);
  const lines = [valuesOf(points), ...(before.length === points.length ? [valuesOf(before)] : [])];
  return (
    <section class={`card ${styles.lineCard}`} aria-label={name}>
      <header class={styles.lineHead}>
        <div>
          <h2>{name}</h2>
          <p class="muted">{studio.meanings[metric]}</p>
        </div>
        <p class={`tabular ${styles.readout}`}>{points[at] ? <><b>{write(points[at].value)}</b> <span class="muted">{formatDay(points[at].at)}</span></> : " "}</p>
      </header>
      <div class={styles.chartPlace}>
        {series && <Chart label={studio.chart(name, days, overview ? write(overview[metric] ?? 0) : "")} {...{ xs, lines }} isTime formatX={dayOf} formatY={write} onHover={(place) => (hovered.value = place)} />}
        {problem && !series && <Button icon="refresh" onClick={retry}>{studio.refresh}</Button>}
      </div>
      <div class={styles.legend}>
        <span class={styles.legendNow}>{studio.period}</span>
        {lines.length > 1 && <span class={styles.legendBefore}>{studio.before}</span>}
        <Table heads={[studio.day, name]} rows={() => points.map((point) => [formatDay(point.at), write(point.value)])} />
      </div>
    </section>
  );
}

const valuesOf = (points: readonly Point[]): number[] => points.map(({ value }) => value);
const shortDay = new Intl.DateTimeFormat(navigator.language, { day: "numeric", month: "short" });
const dayOf = (seconds: number): string => shortDay.format(seconds * 1000);

function Latest({ days }: { readonly days: Days }) {
  const page = useResource<VideoFiguresPage>("/analytics/videos", { days, timezone, limit: 5 });
  const items = page.value.value?.items;
  if (page.problem.value && !items) return <FailedWith problem={page.problem.value} retry={page.reload} />;
  if (items?.length === 0) {
    return (
      <Empty icon="upload" title={studio.noVideos} detail={studio.noVideosDetail}>
        <Button kind="primary" href="/upload">{studio.uploadFirst}</Button>
      </Empty>
    );
  }
  const columns = ["views", "likes", "comments"] as const;
  return (
    <section class="stack" aria-label={studio.latest}>
      <div class="page-head"><h2>{studio.latest}</h2><a href="/studio/videos">{studio.allVideos}</a></div>
      <ul class={styles.rows}>
        {items
          ? items.map((item) => (
            <li key={item.video.id}>
              <a class={styles.latest} href={`/studio/videos/${item.video.id}`}>
                <Poster video={item.video} />
                <span class={styles.name}>{nameOf(item.video)}</span>
                {columns.map((metric) => <span key={metric} class={styles.cell}><b class="tabular">{formatMetric(metric, item[metric])}</b> <span class="muted">{studio.metrics[metric]}</span></span>)}
              </a>
            </li>
          ))
          : Array.from({ length: 5 }, (_, at) => <li key={at}><Skeleton height="76px" /></li>)}
      </ul>
    </section>
  );
}
