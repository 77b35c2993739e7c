/** Sending a file to the bucket: whole, or in parts, of which a broken one is sent again. */

import { call, Problem } from "./api.js";

const AT_ONCE = 3;
const RETRIES = 3;
const FIRST_PAUSE_MS = 2_000;

/** Sends what is missing of a file and calls back with the share that is there. Throws Problem. */
export function sendFile(path, upload, file, progress) {
  return upload.kind === "post" ? sendForm(upload, file, progress) : sendParts(path, upload, file, progress);
}

function sendForm(upload, file, progress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append("file", file); // the last field: storage ignores what comes after it
  return transfer("POST", upload.url, form, (loaded, total) => progress(loaded / total));
}

async function sendParts(path, upload, file, progress) {
  const etags = new Map(upload.uploaded.map((part) => [part.number, part.etag]));
  const here = new Map(upload.uploaded.map((part) => [part.number, part.size_bytes]));
  const missing = upload.parts.map((part) => part.number).filter((number) => !etags.has(number));
  const urls = new Urls(path, upload);
  const show = (number, bytes) => {
    here.set(number, bytes);
    progress([...here.values()].reduce((sum, each) => sum + each, 0) / file.size);
  };
  const work = async () => {
    while (missing.length > 0) {
      const number = missing.shift();
      const end = number * upload.part_size_bytes;
      const part = file.slice(end - upload.part_size_bytes, end);
      etags.set(number, await sendPart(urls, number, part, (bytes) => show(number, bytes)));
    }
  };
  const stop = (problem) => {
    missing.length = 0; // the others end with the part they are at
    throw problem;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, () => work().catch(stop)));
  const parts = [...etags].map(([number, etag]) => ({ number, etag }));
  await call("POST", `${path}/complete`, { body: { parts } });
}

/** Sends a part and returns its ETag; what fails is tried again, each time after a longer pause. */
async function sendPart(urls, number, part, show) {
  for (let retry = 0; ; retry += 1) {
    try {
      const answer = await transfer("PUT", await urls.of(number), part, show);
      return answer.getResponseHeader("ETag");
    } catch (problem) {
      show(0);
      if (retry === RETRIES) throw problem;
      if (problem.status === 403) urls.expire();
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** retry));
    }
  }
}

/** The parts' URLs, fetched again when they have expired. */
class Urls {
  #path;
  #upload;
  #end;

  constructor(path, upload) {
    this.#path = path;
    this.#take(upload);
  }

  async of(number) {
    if (Date.now() > this.#end) this.#take(await call("GET", this.#path));
    return this.#upload.parts.find((part) => part.number === number).url;
  }

  expire() {
    this.#end = 0;
  }

  #take(upload) {
    this.#upload = upload;
    this.#end = Date.parse(upload.expires_at);
  }
}

function transfer(method, url, body, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const refuse = (detail) =>
      reject(new Problem({ code: "upload_failed", title: "The upload broke off", detail, status: request.status }));
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded, event.total);
    request.onload = () => (request.status < 300 ? resolve(request) : refuse(`The storage answered with ${request.status}. Try again.`));
    request.onerror = () => refuse("Check your connection, then try again.");
    request.open(method, url);
    request.send(body);
  });
}
