/** One video of the feed: its picture, its words, its buttons. */

import { avatar, compact, h, icon, prefersStillness } from "./dom.js";
import { Watch } from "./watch.js";

const DOUBLE_TAP_MS = 280;
const TAG = /(#\w{1,50})/gu;

export class Clip {
  #video = null;
  #watch = null;
  #listening = null;
  #lastTap = 0;
  #singleTap = 0;
  #frame = 0;

  /** `actions` has `like(clip)`, which is also what a double tap calls, and `play(video)`. */
  constructor(item, actions) {
    this.item = item;
    this.actions = actions;
    this.held = false; // paused by hand
    this.element = this.#build();
    this.refresh();
  }

  /** Shows the video's present counts and whether it is liked. */
  refresh() {
    const { stats, viewer } = this.item.video;
    const liked = Boolean(viewer?.liked);
    this.likeButton.setAttribute("aria-pressed", String(liked));
    this.likeButton.setAttribute("aria-label", `Like, ${stats.likes} so far`);
    this.likeCount.textContent = compact(stats.likes);
  }

  /** Takes a player's video element in. */
  attach(video) {
    this.#video = video;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const on = (name, act) => video.addEventListener(name, act, { signal });
    on("playing", () => this.element.classList.add("ready"));
    on("loadeddata", () => this.element.classList.add("ready"));
    on("timeupdate", () => this.#watch?.advance(video.currentTime));
    on("waiting", () => this.element.classList.add("waiting"));
    for (const name of ["playing", "pause", "canplay"]) {
      on(name, () => this.element.classList.remove("waiting"));
    }
    on("canplay", () => this.resume()); // a new source pauses what was asked to play
    this.slot.append(video);
  }

  /** Gives the video element back. */
  detach() {
    this.#listening?.abort();
    this.#listening = null;
    this.#video?.remove();
    this.#video = null;
    this.element.classList.remove("ready", "waiting", "paused");
  }

  /** Becomes the one on screen, and plays unless motion is unwanted. */
  enter() {
    this.element.setAttribute("aria-current", "true");
    this.element.inert = false;
    this.held = prefersStillness();
    this.#watch = new Watch(this.item);
    if (this.held) this.#showState();
    else this.resume();
    this.#frame = requestAnimationFrame(() => this.#drawProgress());
  }

  /** Is no longer on screen. */
  exit() {
    this.element.removeAttribute("aria-current");
    this.element.inert = true;
    this.element.classList.remove("paused");
    cancelAnimationFrame(this.#frame);
    this.#watch?.end();
    this.#watch = null;
    if (!this.#video) return;
    this.#video.pause();
    if (this.#video.readyState > 0) this.#video.currentTime = 0;
  }

  /** Plays on, unless the viewer paused it. */
  resume() {
    const wanted = this.#watch !== null && !this.held && document.visibilityState === "visible";
    if (wanted && this.#video?.paused) this.actions.play(this.#video);
  }

  /** Pauses without being asked by the viewer, as when the page is hidden. */
  rest() {
    this.#watch?.pause();
    this.#video?.pause();
  }

  /** Plays or pauses, as the viewer wants. */
  toggle() {
    this.held = !this.held;
    if (this.held) this.#video?.pause();
    else this.resume();
    this.#showState();
  }

  /** Lets a heart rise where the viewer tapped, or from the middle. */
  burst(x = this.element.clientWidth / 2, y = this.element.clientHeight / 2) {
    if (prefersStillness()) return;
    const heart = h("span", { class: "burst", "aria-hidden": "true" }, icon("heart"));
    heart.style.left = `${x}px`;
    heart.style.top = `${y}px`;
    heart.addEventListener("animationend", () => heart.remove());
    this.element.append(heart);
  }

  #build() {
    const { video } = this.item;
    const { playback, creator } = video;
    this.slot = h("div", { class: "slot" });
    this.bar = h("i");
    const wide = playback && playback.width > playback.height;
    return h(
      "article",
      { class: wide ? "clip wide" : "clip", "data-testid": "clip", "data-id": video.id, "aria-label": `Video by ${creator.display_name}`, inert: true },
      playback ? h("img", { class: "blur", src: playback.placeholder, alt: "" }) : null,
      playback ? h("img", { class: "poster", src: playback.poster_url, alt: "", loading: "lazy", decoding: "async" }) : null,
      this.slot,
      h("div", { class: "shade" }),
      this.#tapArea(),
      h("div", { class: "state" }, icon("play")),
      h("div", { class: "spinner" }),
      this.#words(),
      this.#buttons(),
      h("div", { class: "progress", "aria-hidden": "true" }, this.bar),
    );
  }

  #tapArea() {
    this.tap = h("button", { class: "tap", type: "button", "aria-label": "Pause", onclick: (event) => this.#tapped(event) });
    return this.tap;
  }

  #words() {
    const { video, reasons } = this.item;
    const { creator } = video;
    const texts = video.description.split(TAG).map((part) => (part.startsWith("#") ? h("span", { class: "tag" }, part) : part));
    return h(
      "div",
      { class: "words" },
      h("div", { class: "who" }, avatar(creator), h("span", {}, creator.display_name, h("small", {}, `@${creator.username}`))),
      video.description ? h("p", { class: "said" }, texts) : null,
      reasons.length ? h("ul", { class: "reasons", "aria-label": "Why you see this" }, reasons.map((reason) => h("li", {}, reason.text))) : null,
    );
  }

  #buttons() {
    const { stats } = this.item.video;
    this.likeCount = h("span");
    this.likeButton = h(
      "button",
      { class: "action", type: "button", "data-testid": "like", onclick: () => this.actions.like(this) },
      h("span", { class: "icon" }, icon("heart")),
      this.likeCount,
    );
    const views = h(
      "span",
      { class: "action", role: "img", "aria-label": `${stats.views} views` },
      h("span", { class: "icon" }, icon("eye")),
      h("span", { "data-testid": "views" }, compact(stats.views)),
    );
    return h("div", { class: "actions" }, this.likeButton, views);
  }

  #tapped(event) {
    const keyboard = event.detail === 0;
    clearTimeout(this.#singleTap);
    if (!keyboard && event.timeStamp - this.#lastTap < DOUBLE_TAP_MS) {
      this.#lastTap = 0;
      this.#doubleTapped(event);
      return;
    }
    this.#lastTap = event.timeStamp;
    if (keyboard) this.toggle();
    else this.#singleTap = setTimeout(() => this.toggle(), DOUBLE_TAP_MS);
  }

  #doubleTapped(event) {
    const box = this.element.getBoundingClientRect();
    this.actions.like(this, { only: true, at: [event.clientX - box.left, event.clientY - box.top] });
  }

  #showState() {
    this.element.classList.toggle("paused", this.held);
    this.tap.setAttribute("aria-label", this.held ? "Play" : "Pause");
  }

  #drawProgress() {
    const { currentTime = 0, duration = 0 } = this.#video ?? {};
    this.bar.style.transform = `scaleX(${duration > 0 ? Math.min(1, currentTime / duration) : 0})`;
    this.#frame = requestAnimationFrame(() => this.#drawProgress());
  }
}
