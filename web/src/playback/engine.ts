/** hls.js, fetched once and only by browsers that can't play HLS themselves. */
import type HlsType from "hls.js";

export type Hls = HlsType;
export type HlsClass = typeof HlsType;

const HLS = "application/vnd.apple.mpegurl";

let loading: Promise<HlsClass> | null = null;

/** Whether the browser plays HLS well by itself: Apple's do. */
export function isNative(): boolean {
  const video = document.createElement("video");
  return !("MediaSource" in window) || (/apple/i.test(navigator.vendor) && video.canPlayType(HLS) !== "");
}

/** Returns hls.js; one failure, as of a line that was down, is no failure for ever. */
export function loadEngine(): Promise<HlsClass> {
  loading ??= import("hls.js").then(
    (module) => module.default,
    (thrown: unknown) => {
      loading = null;
      throw thrown;
    },
  );
  return loading;
}
