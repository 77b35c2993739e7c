/** Numbers, dates and durations as the viewer's own language writes them. */
const language = navigator.language;

const compact = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(language);
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const dayAndTime = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3_600], ["minute", 60],
];

/** 1234 → 1.2K */
export const formatCount = (count: number): string => compact.format(count);
/** 1234 → 1,234 */
export const formatNumber = (value: number): string => whole.format(value);
/** 0.256 → 25.6% */
export const formatPercent = (share: number): string => percent.format(share);
export const formatDay = (at: string | Date): string => day.format(new Date(at));
export const formatDayAndTime = (at: string | Date): string => dayAndTime.format(new Date(at));

/** How long ago something was, in its largest whole unit: "3 hr. ago". */
export function formatAgo(at: string | Date): string {
  const seconds = (new Date(at).getTime() - Date.now()) / 1000;
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  return unit ? relative.format(Math.trunc(seconds / unit[1]), unit[0]) : relative.format(0, "minute");
}

/** 75 000 ms → 1:15 */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** A length of time in words: 5 400 000 ms → "1.5 hr". */
export function formatSpan(ms: number): string {
  const [unit, length] = ms >= 3_600_000 ? ["hour", 3_600_000] : ms >= 60_000 ? ["minute", 60_000] : ["second", 1000];
  const format = new Intl.NumberFormat(language, { style: "unit", unit: unit as string, unitDisplay: "short", maximumFractionDigits: 1 });
  return format.format(ms / (length as number));
}

/** A file's size: 1 500 000 → "1.5 MB". */
export function formatBytes(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ["gigabyte", 1e9] : bytes >= 1e6 ? ["megabyte", 1e6] : ["kilobyte", 1e3];
  const format = new Intl.NumberFormat(language, { style: "unit", unit: unit as string, unitDisplay: "short", maximumFractionDigits: 1 });
  return format.format(bytes / (size as number));
}
