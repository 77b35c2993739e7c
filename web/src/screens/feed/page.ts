/** A video as its public page knows it: what is left to play when the API doesn't answer. */
import type { Video } from "../../api/types.gen";

/** Returns the video of a page, or null where there is none. */
export async function readPage(id: string): Promise<Video | null> {
  try {
    const answer = await fetch(`/v/${encodeURIComponent(id)}`, { headers: { Accept: "text/html" } });
    if (!answer.ok) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return JSON.parse(page.getElementById("video")?.textContent ?? "null") as Video | null;
  } catch {
    return null;
  }
}
