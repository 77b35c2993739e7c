/** How the metrics are written, and what is asked about them. */
import type { CreatorOverview } from "../../api/types.gen";
import { here, setQuery } from "../../app/router";
import { formatCount, formatPercent, formatSpan } from "../../i18n";
import { studio } from "../../strings/studio";

export type Metric = keyof typeof studio.metrics;
export type Shown = Exclude<Metric, "full_watches">;
export type Days = 7 | 28 | 60 | 365;

/** Those that a line can be drawn of; averages have only one figure for the whole period. */
export const DRAWN: readonly Shown[] = [
  "views", "unique_viewers", "watch_time_ms", "impressions", "likes", "comments", "shares", "saves", "profile_views", "followers_gained",
];
export const ALL: readonly Shown[] = [
  "views", "unique_viewers", "watch_time_ms", "average_watch_ms", "completion_rate", "impressions", "likes", "comments", "shares", "saves", "profile_views", "followers_gained",
];
export const DAY_CHOICES = Object.entries(studio.dayChoices).map(([value, label]) => ({ value, label }));

/** Days begin where the creator lives. */
export const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export function formatMetric(metric: Metric, value: number | null): string {
  if (value === null) return studio.noFigure;
  if (metric === "completion_rate") return formatPercent(value);
  return metric.endsWith("_ms") ? formatSpan(value) : formatCount(value);
}

/** The period that the address asks for. */
export function daysAsked(): Days {
  const asked = Number(here.value.query.get("days"));
  return asked in studio.dayChoices ? (asked as Days) : 28;
}

export const askDays = (days: string): void => setQuery({ days: days === "28" ? null : days });

export function metricAsked(): Shown {
  const asked = here.value.query.get("metric") as Shown;
  return DRAWN.includes(asked) ? asked : "views";
}

/** By which share a metric has changed since the period before; null where there was nothing. */
export function changeOf(overview: CreatorOverview, metric: Shown): number | null {
  const [now, before] = [overview[metric], overview.previous[metric]];
  return now === null || !before ? null : now / before - 1;
}
