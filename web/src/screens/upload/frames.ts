/** Small pictures out of a local video, for its timeline. */
const HEIGHT = 112;
const LIMIT_MS = 4_000;

/** Returns pictures evenly spread over a video as data URIs; fewer where it can't be read on. */
export async function takeFrames(url: string, count: number, onFrame: (frames: readonly string[]) => void): Promise<void> {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, preload: "auto", playsInline: true, src: url });
  const canvas = document.createElement("canvas");
  const frames: string[] = [];
  try {
    await happens(video, "loadeddata");
    canvas.height = HEIGHT;
    canvas.width = Math.max(1, Math.round((HEIGHT * video.videoWidth) / video.videoHeight));
    for (let at = 0; at < count; at += 1) {
      video.currentTime = (video.duration * (at + 0.5)) / count;
      await happens(video, "seeked");
      canvas.getContext("2d")!.drawImage(video, 0, 0, canvas.width, canvas.height);
      frames.push(canvas.toDataURL("image/jpeg", 0.7));
      onFrame([...frames]);
    }
  } catch {
    // a timeline with fewer pictures works as well
  } finally {
    video.removeAttribute("src");
    video.load();
  }
}

function happens(video: HTMLVideoElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    video.addEventListener(event, () => resolve(), { once: true });
    video.addEventListener("error", () => reject(video.error), { once: true });
    setTimeout(() => reject(new Error(event)), LIMIT_MS);
  });
}
