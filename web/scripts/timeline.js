/** The processing timeline of an upload, as it happens. */

import { call } from "./api.js";
import { failure } from "./dialog.js";
import { h, icon } from "./dom.js";

const EVERY_MS = 1_000;
const PATIENCE_MS = 15 * 60_000;
const ENDED = new Set(["published", "ready", "rejected", "failed", "expired"]);
const NAMES = {
  upload: "Uploaded",
  validate: "Checked",
  transcode: "Made ready for every screen",
  thumbnails: "Cover picture",
  audio: "Sound",
  fingerprint: "Compared with other videos",
  publish: "Published",
};
const ICONS = { waiting: "dot", running: "spin", done: "check", failed: "close", skipped: "skip" };

/** Shows how far a video is until it has ended, and returns its last report. Throws Problem. */
export async function follow(videoId, place) {
  const patience = Date.now() + PATIENCE_MS;
  let last = null;
  while (Date.now() < patience) {
    try {
      last = await call("GET", `/videos/${encodeURIComponent(videoId)}/processing`);
      show(last, place);
      if (ENDED.has(last.status)) return last;
    } catch (problem) {
      const passing = problem.status === 0 || problem.status === 429 || problem.status >= 500;
      if (!passing) throw problem;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  return last;
}

function show(report, place) {
  const steps = report.stages.map((stage) =>
    h("li", { class: stage.state, "data-stage": stage.name, "data-state": stage.state }, icon(ICONS[stage.state]), NAMES[stage.name] ?? stage.name, h("small", {}, note(stage))),
  );
  const { status, preview } = parts(place);
  status.replaceChildren(
    h("progress", { max: "100", value: String(report.percent), "aria-label": "Processing" }),
    h("ol", { class: "timeline", "data-testid": "timeline", "data-status": report.status }, steps),
  );
  if (report.queue_position > 0) status.append(h("p", {}, `${report.queue_position} before you`));
  if (report.error) status.append(failure(report.error.title, report.error.hint));
  if (report.duplicates?.length) status.append(h("p", {}, "Another video shows the same; our moderators will look at it."));
  if (report.preview && !preview.hasChildNodes()) {
    const source = { src: report.preview.mp4_url, controls: "", playsinline: "", class: "preview" };
    preview.append(h("p", {}, "Only you can see this yet:"), h("video", source));
  }
}

/** The preview has a place of its own: put in anew every second, it would never play. */
function parts(place) {
  if (!place.querySelector("[data-part]")) {
    place.replaceChildren(h("div", { "data-part": "status" }), h("div", { "data-part": "preview" }));
  }
  const part = (name) => place.querySelector(`[data-part=${name}]`);
  return { status: part("status"), preview: part("preview") };
}

function note(stage) {
  if (stage.state === "running") return stage.percent > 0 ? `${stage.percent} %` : "now";
  if (stage.state === "skipped") return "not needed";
  if (stage.state === "done" && stage.started_at && stage.ended_at) {
    const seconds = (Date.parse(stage.ended_at) - Date.parse(stage.started_at)) / 1000;
    return seconds >= 0.1 ? `${seconds.toFixed(1)} s` : "";
  }
  return "";
}
