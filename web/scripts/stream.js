/** One of the three players: a video element that plays whatever stream it is given. */

const LIBRARY = "/hls.min.js";
const HLS = "application/vnd.apple.mpegurl";
const ESTIMATE = "clipwave.bandwidth";
const FIRST_ESTIMATE = 2_000_000; // bits per second, before anything was measured
const OFF_SCREEN_S = 1;
const ON_SCREEN_S = 30;

let library = null;

function isNative(video) {
  return !("MediaSource" in window) || (/apple/i.test(navigator.vendor) && video.canPlayType(HLS) !== "");
}

function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.onload = () => resolve(window.Hls);
    script.onerror = () => {
      library = null;
      reject(new Error("the player could not be loaded"));
    };
    document.head.append(script);
  });
  return library;
}

function estimate() {
  return Number(localStorage.getItem(ESTIMATE)) || FIRST_ESTIMATE;
}

export class Stream {
  #hls = null;
  #playback = null;
  #active = false;

  constructor() {
    this.video = document.createElement("video");
    this.video.playsInline = true;
    this.video.loop = true;
    this.video.preload = "auto";
    this.video.disableRemotePlayback = true;
    this.video.tabIndex = -1;
    this.video.setAttribute("aria-hidden", "true");
  }

  /** Loads a stream; off screen no more than its beginning. Falls back to the plain file. */
  async load(playback) {
    this.release();
    this.#playback = playback;
    if (isNative(this.video)) {
      this.video.src = playback.hls_url;
      return;
    }
    try {
      const Hls = await loadLibrary();
      if (this.#playback === playback) this.#attach(Hls, playback);
    } catch {
      this.video.src = playback.mp4_url;
    }
  }

  /** Lets the player fetch ahead, or keeps it to the beginning. */
  set active(active) {
    this.#active = active;
    if (!this.#hls) return;
    this.#hls.config.maxMaxBufferLength = active ? ON_SCREEN_S : OFF_SCREEN_S;
    if (!active && this.#hls.bandwidthEstimate > 0) {
      localStorage.setItem(ESTIMATE, String(Math.round(this.#hls.bandwidthEstimate)));
    }
  }

  /** Forgets the stream and everything buffered. */
  release() {
    this.#hls?.destroy();
    this.#hls = null;
    this.#playback = null;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }

  #attach(Hls, playback) {
    const hls = new Hls({
      startLevel: startLevel(),
      abrEwmaDefaultEstimate: estimate(),
      testBandwidth: false,
      startFragPrefetch: true,
      capLevelToPlayerSize: true,
      maxMaxBufferLength: this.#active ? ON_SCREEN_S : OFF_SCREEN_S,
      backBufferLength: 60, // a loop finds its beginning still there
    });
    this.#hls = hls;
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (data.fatal && this.#hls === hls) this.#fallBack(playback);
    });
    hls.loadSource(playback.hls_url);
    hls.attachMedia(this.video);
  }

  #fallBack(playback) {
    const { currentTime, paused } = this.video;
    this.#hls.destroy();
    this.#hls = null;
    this.video.src = playback.mp4_url;
    this.video.currentTime = currentTime;
    if (!paused) this.video.play().catch(() => {});
  }
}

/** Returns the first rung listed, unless this line is known to carry more: then what fits it. */
function startLevel() {
  return localStorage.getItem(ESTIMATE) ? -1 : 0;
}
