/** The feed: pages of clips under each other, one of them current. */

import { call } from "./api.js";
import { Clip } from "./clip.js";
import { h, icon, prefersStillness } from "./dom.js";
import { Players } from "./players.js";
import { session } from "./session.js";

const AHEAD = 4;
const PAGE = 10;

export class Feed {
  #root;
  #actions;
  #players = new Players();
  #clips = [];
  #current = null;
  #cursor = null;
  #ended = false;
  #loading = null;
  #turn = 0; // grows with every fresh start, so that late answers are recognised
  #observer;

  constructor(root, actions) {
    this.#root = root;
    this.#actions = actions;
    this.#observer = new IntersectionObserver((entries) => this.#seen(entries), { root, threshold: [0.45, 0.5, 0.6] });
  }

  get current() {
    return this.#current;
  }

  /** Starts over from the top; `first` is an item to show before all others. */
  async restart(first = null) {
    this.#turn += 1;
    this.#loading = null;
    this.#cursor = null;
    this.#ended = false;
    this.#clear();
    if (first) this.#append([first]);
    this.#root.append(loadingCard());
    await this.#more();
  }

  /** Goes up or down by one, where there is one. */
  step(by) {
    const places = [...this.#root.children];
    const here = this.#current ? places.indexOf(this.#current.element) : 0;
    const target = places[here + by];
    target?.scrollIntoView({ behavior: prefersStillness() ? "auto" : "smooth", block: "start" });
  }

  /** Plays or rests the current clip, as the page comes and goes. */
  set visible(visible) {
    if (visible) this.#current?.resume();
    else this.#current?.rest();
  }

  /** Loads on after having been offline. */
  recover() {
    if (this.#root.querySelector(".card.error")) this.#retry();
  }

  #clear() {
    this.#leaveCurrent();
    this.#players.assign(null, null, null);
    this.#observer.disconnect();
    this.#clips = [];
    this.#root.replaceChildren();
    this.#root.scrollTop = 0;
  }

  #more() {
    if (this.#ended) return Promise.resolve();
    if (!this.#loading) {
      const loading = this.#load(this.#turn).finally(() => {
        if (this.#loading === loading) this.#loading = null;
      });
      this.#loading = loading;
    }
    return this.#loading;
  }

  async #load(turn) {
    this.#root.setAttribute("aria-busy", "true");
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (!session.user) query.set("mode", "popular");
    if (this.#cursor) query.set("cursor", this.#cursor);
    try {
      const page = await call("GET", `/feed?${query}`);
      if (turn === this.#turn) this.#take(page);
    } catch (problem) {
      if (turn === this.#turn) this.#fail(problem);
    } finally {
      if (turn === this.#turn) this.#root.setAttribute("aria-busy", "false");
    }
  }

  #take(page) {
    this.#dropCards();
    this.#append(page.items);
    this.#cursor = page.next_cursor;
    this.#ended = page.next_cursor === null;
    if (this.#ended) this.#root.append(this.#clips.length ? this.#endCard() : this.#emptyCard());
    if (this.#current) this.#share();
  }

  #append(items) {
    const known = new Set(this.#clips.map((clip) => clip.item.video.id));
    for (const item of items.filter((candidate) => !known.has(candidate.video.id))) {
      const clip = new Clip(item, this.#actions);
      this.#clips.push(clip);
      this.#root.append(clip.element);
      this.#observer.observe(clip.element);
    }
    if (!this.#current && this.#clips.length) this.#enter(this.#clips[0]);
  }

  #seen(entries) {
    const shown = entries.filter((entry) => entry.intersectionRatio >= 0.5).pop();
    const clip = shown && this.#clips.find((candidate) => candidate.element === shown.target);
    const left = entries.some((entry) => entry.target === this.#current?.element && entry.intersectionRatio < 0.5);
    if (clip && clip !== this.#current) this.#enter(clip);
    else if (clip) clip.resume();
    else if (left) this.#current.rest(); // a card without a video has taken its place
  }

  #enter(clip) {
    this.#leaveCurrent();
    this.#current = clip;
    this.#share();
    clip.enter();
    this.#actions.changed(clip);
    const left = this.#clips.length - 1 - this.#clips.indexOf(clip);
    if (left < AHEAD) this.#more();
  }

  #share() {
    const place = this.#clips.indexOf(this.#current);
    this.#players.assign(this.#current, this.#clips[place + 1], this.#clips[place - 1]);
  }

  #leaveCurrent() {
    this.#current?.exit();
    this.#current = null;
  }

  #retry() {
    this.#dropCards();
    this.#root.append(loadingCard());
    this.#more();
  }

  #fail(problem) {
    this.#dropCards();
    this.#root.append(
      card("error", "cloud", problem.title, problem.detail, h("button", { class: "button main", type: "button", onclick: () => this.#retry() }, "Try again")),
    );
  }

  #endCard() {
    const again = h("button", { class: "button", type: "button", onclick: () => this.restart() }, "Back to the top");
    return card("end", "check", "That was everything", "You have seen all there is for now.", again);
  }

  #emptyCard() {
    const upload = h("button", { class: "button main", type: "button", onclick: () => this.#actions.upload() }, "Upload the first one");
    return card("empty", "film", "No videos yet", "As soon as somebody uploads one, it plays here.", upload);
  }

  #dropCards() {
    for (const found of this.#root.querySelectorAll(".card")) found.remove();
  }
}

function card(kind, picture, title, text, button) {
  return h("section", { class: `card ${kind}`, "data-testid": `feed-${kind}`, role: kind === "error" ? "alert" : null }, icon(picture), h("h2", {}, title), h("p", {}, text), button);
}

function loadingCard() {
  return h("section", { class: "card loading", "data-testid": "feed-loading" }, h("span", { class: "sr" }, "Loading videos"));
}
