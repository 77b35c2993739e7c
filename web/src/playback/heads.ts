/** Fetches what the next videos need to begin with, so that the browser has it when they come. */
import type { Playback } from "../api/types.gen";
import { isNative } from "./engine";

const KEPT = 200;
const fetched = new Set<string>();

/** Has the playlists and the first second of some videos in the browser's cache. */
export function prefetch(playbacks: readonly Playback[]): void {
  if (isNative()) return; // Safari fetches its own way
  for (const playback of playbacks) void fetchHead(playback);
}

async function fetchHead({ hls_url, poster_url, start }: Playback): Promise<void> {
  if (fetched.has(hls_url)) return;
  fetched.add(hls_url);
  if (fetched.size > KEPT) fetched.delete(fetched.values().next().value!);
  new Image().src = poster_url;
  try {
    await Promise.all([quietly(start.url, { Range: `bytes=0-${start.bytes - 1}` }), fetchPlaylists(hls_url)]);
  } catch {
    fetched.delete(hls_url); // the player will fetch it itself
  }
}

async function fetchPlaylists(url: string): Promise<void> {
  const master = await (await quietly(url)).text();
  const folder = url.slice(0, url.lastIndexOf("/") + 1);
  await Promise.all(firstPlaylists(master).map((name) => quietly(folder + name)));
}

function quietly(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { headers, priority: "low" } as RequestInit).then(async (answer) => {
    const copy = answer.clone();
    await answer.arrayBuffer(); // read to its end, or it isn't kept
    return copy;
  });
}

/** Returns the playlist of the sound and of the rung that is listed first. */
function firstPlaylists(master: string): string[] {
  const sound = /#EXT-X-MEDIA:TYPE=AUDIO.*URI="([^"]+)"/.exec(master)?.[1];
  const rung = /#EXT-X-STREAM-INF:.*\n(.+)/.exec(master)?.[1];
  return [sound, rung].filter((name) => name !== undefined);
}
