/** Uploading: choose, describe, send straight to the bucket, watch it being processed. */

import { creatorForm, openSignIn } from "./account.js";
import { call, newId, Problem } from "./api.js";
import { field, onSubmit, openDialog } from "./dialog.js";
import { h, icon, toast } from "./dom.js";
import { session } from "./session.js";
import { follow } from "./timeline.js";

const MOST_BYTES = 64 * 1024 * 1024;
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
  const drop = h("label", { class: "drop" }, icon("film"), name, h("small", {}, "MP4, MOV or WebM, up to 64 MiB and 3 minutes"), input);
  const form = h(
    "form",
    { "data-testid": "upload" },
    drop,
    field("Description", "description", { tag: "textarea", maxlength: "2200", placeholder: "What is it about? #hashtags help" }),
    field("Who may see it", "visibility", { tag: "select", options: VISIBILITIES }),
    h("button", { class: "button main", type: "submit" }, "Upload"),
  );
  takeDrops(drop, input);
  input.addEventListener("change", () => {
    name.textContent = input.files[0]?.name ?? "Drop a video here, or choose one";
  });
  const dialog = openDialog("Upload a video", form);
  const attempt = { key: newId(), made: null };
  onSubmit(form, (values) => send(dialog, form, input.files[0], values, attempt, published));
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
    throw new Problem({ code: "media_too_large", title: "The file is too large", detail: "Choose one of at most 64 MiB." });
  }
  const body = {
    filename: file.name,
    content_type: file.type || "application/octet-stream",
    size_bytes: file.size,
    description: values.description,
    visibility: values.visibility,
  };
  const content = JSON.stringify(body);
  if (attempt.content !== content) Object.assign(attempt, { key: newId(), content, made: null });
  attempt.made ??= await call("POST", "/videos", { body, key: attempt.key });
  const place = h("div", {});
  const line = h("p", { role: "status" }, "Uploading…");
  const bar = h("progress", { max: "1", value: "0", "aria-label": "Upload" });
  form.replaceWith(h("div", { class: "inside-upload" }, line, place));
  place.append(bar);
  try {
    await sendFile(attempt.made.upload, file, (share) => {
      bar.value = share;
      line.textContent = `Uploading… ${Math.round(share * 100)} %`;
    });
  } catch (problem) {
    line.parentElement.replaceWith(form);
    throw problem;
  }
  line.textContent = "Processing. You may close this; it goes on.";
  finish(dialog, line, place, attempt.made.video.id, published);
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

/** Posts the form to the bucket, the file last, and calls back with the share that is done. */
function sendFile(upload, file, progress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const refuse = (detail) => reject(new Problem({ code: "upload_failed", title: "The upload broke off", detail }));
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve() : refuse(`The storage answered with ${request.status}. Try again.`));
    request.onerror = () => refuse("Check your connection, then try again.");
    request.open("POST", upload.url);
    request.send(form);
  });
}
