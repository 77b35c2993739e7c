/** One of the three players: a video element that plays whatever stream it is given. */
import type { Playback } from "../api/types.gen";
import { estimate, isMeasured, remember } from "./bandwidth";
import { isNative, loadEngine, type Hls, type HlsClass } from "./engine";

const OFF_SCREEN_S = 1;
const ON_SCREEN_S = 20;
const BEHIND_S = 20; // a short loop finds its beginning still there

export class Player {
  readonly video = document.createElement("video");
  /** What it was given to play, by the name of its place in the feed. */
  key: string | null = null;
  /** Done when the element has its source; before that, it can't be asked to play. */
  loaded: Promise<void> = Promise.resolve();

  #hls: Hls | null = null;
  #playback: Playback | null = null;
  #active = false;

  constructor() {
    Object.assign(this.video, { playsInline: true, loop: true, preload: "auto", disableRemotePlayback: true, tabIndex: -1 });
    this.video.setAttribute("aria-hidden", "true");
    // Only what was fetched shows through: until then the poster beneath is seen.
    this.video.addEventListener("loadeddata", () => (this.video.dataset.ready = ""));
    this.video.addEventListener("error", () => this.#recover());
  }

  /** Loads a stream: off screen its beginning only, so that it can start at once. */
  load(key: string, playback: Playback): void {
    this.release();
    this.key = key;
    this.#playback = playback;
    this.loaded = this.#give(playback);
  }

  async #give(playback: Playback): Promise<void> {
    if (isNative()) {
      this.video.src = playback.hls_url;
      return;
    }
    try {
      const Engine = await loadEngine();
      if (this.#playback === playback) this.#attach(Engine, playback);
    } catch {
      if (this.#playback === playback) this.video.src = playback.mp4_url;
    }
  }

  /** Lets the player fetch ahead, or keeps it to the beginning. */
  set active(active: boolean) {
    this.#active = active;
    if (!this.#hls) return;
    Object.assign(this.#hls.config, reach(active));
    if (!active && isMeasuredBy(this.#hls)) remember(this.#hls.bandwidthEstimate);
  }

  /** Forgets the stream and everything buffered. */
  release(): void {
    this.#hls?.destroy();
    this.#hls = null;
    this.#playback = null;
    this.key = null;
    delete this.video.dataset.ready;
    if (!this.video.hasAttribute("src") && !this.video.src) return;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }

  #attach(Engine: HlsClass, playback: Playback): void {
    const hls = new Engine({
      // On screen already: the rung whose head was fetched before. Else there is time for a better one.
      startLevel: !this.#active && isMeasured() ? -1 : undefined,
      abrEwmaDefaultEstimate: estimate(),
      testBandwidth: false,
      startFragPrefetch: true,
      capLevelToPlayerSize: true,
      enableWorker: false, // fragments are appended as they are: a worker would only pass them on
      backBufferLength: BEHIND_S,
      ...reach(this.#active),
    });
    this.#hls = hls;
    hls.on(Engine.Events.ERROR, (_, data) => {
      if (!data.fatal || this.#hls !== hls) return;
      if (data.type === Engine.ErrorTypes.NETWORK_ERROR && navigator.onLine) this.#recover();
      else if (data.type === Engine.ErrorTypes.NETWORK_ERROR) addEventListener("online", () => this.#hls === hls && hls.startLoad(), { once: true });
      else this.#recover();
    });
    hls.loadSource(playback.hls_url);
    hls.attachMedia(this.video);
  }

  /** Goes on with the plain file from where it was. */
  #recover(): void {
    const playback = this.#playback;
    if (!playback || this.video.src.endsWith(playback.mp4_url)) return;
    const { currentTime, paused } = this.video;
    this.#hls?.destroy();
    this.#hls = null;
    this.video.src = playback.mp4_url;
    this.video.currentTime = currentTime;
    if (!paused || this.#active) this.video.play().catch(() => {});
  }
}

function reach(active: boolean) {
  const seconds = active ? ON_SCREEN_S : OFF_SCREEN_S;
  return { maxBufferLength: seconds, maxMaxBufferLength: seconds };
}

/** Whether the estimate is worth remembering: hls.js has at least seen some fragments. */
function isMeasuredBy(hls: Hls): boolean {
  return hls.bandwidthEstimate > 0 && hls.bandwidthEstimate !== estimate();
}
