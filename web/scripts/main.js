/** Puts the page together. */

import { openSignIn, showMenu } from "./account.js";
import { call } from "./api.js";
import { h, icon, toast } from "./dom.js";
import { Feed } from "./feed.js";
import { flushAtExit } from "./reports.js";
import { onSession, resume, session } from "./session.js";
import { openUpload } from "./upload.js";

const sound = { on: false };
const byId = (id) => document.getElementById(id);

const feed = new Feed(byId("feed"), { like, play, changed, upload });
const muteButton = h("button", { class: "button", type: "button", onclick: () => setSound(!sound.on) });

/** Plays a video with sound if that is wanted and allowed, else without. */
async function play(video) {
  video.muted = !sound.on;
  try {
    await video.play();
  } catch (error) {
    if (error.name !== "NotAllowedError" || video.muted) return;
    setSound(false);
    await video.play().catch(() => {});
  }
}

function setSound(on) {
  sound.on = on;
  for (const video of document.querySelectorAll("video")) video.muted = !on;
  muteButton.replaceChildren(icon(on ? "loud" : "mute"), on ? "" : "Tap for sound");
  if (on) muteButton.setAttribute("aria-label", "Mute");
  else muteButton.removeAttribute("aria-label"); // its text says it
  muteButton.classList.toggle("round", on);
}

/** Likes or unlikes at once, and takes it back if the server disagrees; `only`: never unlikes. */
async function like(clip, { only = false, at = [] } = {}) {
  if (!session.user) {
    openSignIn({ reason: "Sign in to like videos." });
    return;
  }
  const { video } = clip.item;
  const before = { liked: Boolean(video.viewer?.liked), likes: video.stats.likes };
  const liked = only || !before.liked;
  if (liked) clip.burst(...at);
  if (liked === before.liked) return;
  mark(clip, liked, before.likes + (liked ? 1 : -1));
  try {
    const state = await call(liked ? "PUT" : "DELETE", `/videos/${encodeURIComponent(video.id)}/like`);
    mark(clip, state.liked, state.like_count);
  } catch (problem) {
    mark(clip, before.liked, before.likes);
    toast(problem.detail, { bad: true });
  }
}

function mark(clip, liked, likes) {
  const { video } = clip.item;
  video.viewer = { ...video.viewer, liked };
  video.stats.likes = likes;
  clip.refresh();
}

function changed(clip) {
  const backdrop = byId("backdrop");
  const { playback } = clip.item.video;
  backdrop.classList.toggle("shown", Boolean(playback));
  if (playback) backdrop.src = playback.placeholder;
  byId("previous").disabled = clip.element.previousElementSibling === null;
}

function upload() {
  openUpload((video) => feed.restart({ video, impression_token: null, reasons: [{ text: "Your new video" }] }));
}

const KEYS = {
  ArrowUp: () => feed.step(-1),
  ArrowDown: () => feed.step(1),
  k: () => feed.step(-1),
  j: () => feed.step(1),
  " ": () => feed.current?.toggle(),
  m: () => setSound(!sound.on),
  l: () => feed.current && like(feed.current),
};

function onKey(event) {
  const busy = event.target.closest("dialog, input, textarea, select");
  const pressing = event.key === " " && event.target.closest("button");
  if (busy || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function showConnection() {
  byId("offline").hidden = navigator.onLine;
  if (navigator.onLine) feed.recover();
}

byId("previous").append(icon("up"));
byId("next").append(icon("down"));
byId("previous").addEventListener("click", () => feed.step(-1));
byId("next").addEventListener("click", () => feed.step(1));
byId("sound").append(muteButton);
setSound(false);
showMenu(byId("menu"), upload);

addEventListener("keydown", onKey);
addEventListener("online", showConnection);
addEventListener("offline", showConnection);
document.addEventListener("visibilitychange", () => {
  feed.visible = document.visibilityState === "visible";
  if (document.visibilityState === "hidden") flushAtExit();
});

let known = false;
onSession((user) => {
  const name = user?.id ?? null;
  if (name !== known) feed.restart();
  known = name;
});
showConnection();
resume();
