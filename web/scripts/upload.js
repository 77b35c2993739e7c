/** Uploading: choose, describe, send straight to the bucket, watch it being processed. */

import { creatorForm, openSignIn } from "./account.js";
import { call, newId, Problem } from "./api.js";
import { field, onSubmit, openDialog } from "./dialog.js";
import { h, icon, toast } from "./dom.js";
import { sendFile } from "./sending.js";
import { session } from "./session.js";
import { follow } from "./timeline.js";

const MOST_BYTES = 1024 * 1024 * 1024;
const UNFINISHED = "clipwave.upload";
const VISIBILITIES = [["public", "Everybody"], ["followers", "Followers"], ["private", "Only me"]];

/** Opens the upload, after whatever has to come before it; `published(video)` is called at the end. */
export function openUpload(published) {
  if (!session.user) {
    openSignIn({ reason: "Sign in to upload a video.", then: () => openUpload(published) });
  } else if (session.mayUpload) {
    chooseFile(published);
  } else {
    const dialog = openDialog("Upload a video", creatorForm(() => {
      dialog.close();
      chooseFile(published);
    }));
  }
}

function chooseFile(published) {
  const input = h("input", { class: "sr", type: "file", name: "file", accept: "video/*", "aria-label": "Video file" });
  const name = h("strong", {}, "Drop a video here, or choose one");
  const drop = h("label", { class: "drop" }, icon("film"), name, h("small", {}, "MP4, MOV or WebM, up to 1 GiB and 3 minutes"), input);
  const again = h("div", {});
  const form = h(
    "form",
    { "data-testid": "upload" },
    drop,
    again,
    field("Description", "description", { tag: "textarea", maxlength: "2200", placeholder: "What is it about? #hashtags help" }),
    field("Who may see it", "visibility", { tag: "select", options: VISIBILITIES }),
    h("button", { class: "button main", type: "submit" }, "Upload"),
  );
  takeDrops(drop, input);
  input.addEventListener("change", () => {
    name.textContent = input.files[0]?.name ?? "Drop a video here, or choose one";
    again.replaceChildren(...(recall(input.files[0]) ? [goOn()] : []));
  });
  const dialog = openDialog("Upload a video", form);
  const attempt = { key: newId(), videoId: null };
  onSubmit(form, (values) => send(dialog, form, input.files[0], values, attempt, published));
}

function goOn() {
  const box = h("input", { type: "checkbox", name: "resume", checked: true });
  return h("label", { class: "check" }, box, "Go on where the last upload of this file stopped, with what you wrote then.");
}

function takeDrops(drop, input) {
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change"));
  });
}

async function send(dialog, form, file, values, attempt, published) {
  if (!file) throw new Problem({ code: "no_file", title: "No video chosen", detail: "Choose a file first." });
  if (file.size > MOST_BYTES) {
    throw new Problem({ code: "media_too_large", title: "The file is too large", detail: "Choose one of at most 1 GiB." });
  }
  const upload = await begin(file, values, attempt);
  const place = h("div", {});
  const line = h("p", { role: "status" }, "Uploading…");
  const bar = h("progress", { max: "1", value: "0", "aria-label": "Upload" });
  form.replaceWith(h("div", { class: "inside-upload" }, line, place));
  place.append(bar);
  try {
    const progress = (share) => {
      bar.value = share;
      line.textContent = `Uploading… ${Math.round(share * 100)} %`;
    };
    if (upload) await sendFile(uploadPath(attempt.videoId), upload, file, progress);
    forget(attempt.videoId);
  } catch (problem) {
    line.parentElement.replaceWith(form);
    throw problem;
  }
  line.textContent = "Processing. You may close this; it goes on.";
  finish(dialog, line, place, attempt.videoId, published);
}

/** Announces a video, or takes up one announced before; returns how to send what is missing, if anything is. */
async function begin(file, values, attempt) {
  const body = {
    filename: file.name,
    content_type: file.type || "application/octet-stream",
    size_bytes: file.size,
    description: values.description,
    visibility: values.visibility,
  };
  const content = JSON.stringify([body, values.resume]);
  if (attempt.content !== content) Object.assign(attempt, { key: newId(), content, videoId: values.resume ? recall(file) : null });
  if (attempt.videoId) return resume(attempt);
  const made = await call("POST", "/videos", { body, key: attempt.key });
  attempt.videoId = made.video.id;
  if (made.upload.kind === "multipart") localStorage.setItem(UNFINISHED, JSON.stringify({ ...marks(file), videoId: made.video.id }));
  return made.upload;
}

async function resume(attempt) {
  try {
    return await call("GET", uploadPath(attempt.videoId));
  } catch (problem) {
    if (problem.code === "upload_finished") return null;
    if (problem.status === 404) {
      forget(attempt.videoId); // somebody else's, who used this browser before
      attempt.videoId = null;
    }
    throw problem;
  }
}

const uploadPath = (videoId) => `/videos/${encodeURIComponent(videoId)}/upload`;
const marks = (file) => ({ name: file.name, size: file.size, modified: file.lastModified });

const unfinished = () => JSON.parse(localStorage.getItem(UNFINISHED)) ?? {};

/** Returns the id of the video for which this very file was sent in part, or null. */
function recall(file) {
  const { videoId, ...kept } = unfinished();
  return file && JSON.stringify(kept) === JSON.stringify(marks(file)) ? videoId : null;
}

function forget(videoId) {
  if (unfinished().videoId === videoId) localStorage.removeItem(UNFINISHED);
}

async function finish(dialog, line, place, videoId, published) {
  try {
    const report = await follow(videoId, place);
    if (report?.status === "published") {
      line.textContent = "Your video is out.";
      const watch = h("button", { class: "button main", type: "button" }, "Watch it");
      watch.addEventListener("click", async () => {
        dialog.close();
        published(await call("GET", `/videos/${encodeURIComponent(videoId)}`));
      });
      place.append(h("div", { class: "row" }, watch));
      if (!dialog.open) toast("Your video is published.");
    } else if (report?.error) {
      line.textContent = "This one didn't work out.";
      if (!dialog.open) toast(`${report.error.title}. ${report.error.hint}`, { bad: true });
    }
  } catch (problem) {
    line.textContent = problem.detail ?? problem.message;
  }
}
