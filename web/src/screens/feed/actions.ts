/** What viewers do with a video: shown at once, put back when the server disagrees. */
import { del, get, newId, post, put } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { FollowState, LikeState, SaveState, Scope, UserRef, Video } from "../../api/types.gen";
import { toast, toastProblem } from "../../kit/toast";
import { withSession } from "../../session/session";
import { feed as words, options, reporting } from "../../strings/feed";
import { allStores, type Entry } from "./store";

/** What somebody may have done with a video they saw without being signed in. */
const NOTHING = { liked: false, saved: false, following_creator: false };

function change(entry: Entry, viewer: Partial<typeof NOTHING>, stats: Partial<Video["stats"]> = {}): void {
  const video = entry.video.peek();
  entry.video.value = { ...video, viewer: { ...(video.viewer ?? NOTHING), ...viewer }, stats: { ...video.stats, ...stats } };
}

export function toggleLike(entry: Entry): void {
  withSession(words.reasonToLike, () => void setLike(entry, !entry.video.peek().viewer?.liked));
}

/** A double tap only ever likes. */
export function like(entry: Entry): void {
  withSession(words.reasonToLike, () => {
    if (!entry.video.peek().viewer?.liked) void setLike(entry, true);
  });
}

async function setLike(entry: Entry, liked: boolean): Promise<void> {
  const { id, stats } = entry.video.peek();
  change(entry, { liked }, { likes: stats.likes + (liked ? 1 : -1) });
  try {
    const path = `/videos/${id}/like`;
    const now = await (liked ? put<LikeState>(path) : del<LikeState>(path));
    if (entry.video.peek().viewer?.liked === liked) change(entry, { liked: now.liked }, { likes: now.like_count });
  } catch (thrown) {
    change(entry, { liked: !liked }, { likes: stats.likes });
    toastProblem(asProblem(thrown));
  }
}

export function toggleSave(entry: Entry): void {
  withSession(words.reasonToSave, async () => {
    const { id, stats, viewer } = entry.video.peek();
    const saved = !viewer?.saved;
    change(entry, { saved }, { saves: stats.saves + (saved ? 1 : -1) });
    try {
      const path = `/videos/${id}/save`;
      const now = await (saved ? put<SaveState>(path) : del<SaveState>(path));
      if (entry.video.peek().viewer?.saved === saved) change(entry, { saved: now.saved }, { saves: now.save_count });
    } catch (thrown) {
      change(entry, { saved: !saved }, { saves: stats.saves });
      toastProblem(asProblem(thrown));
    }
  });
}

export function follow(creator: UserRef): void {
  withSession(words.reasonToFollow(creator.username), async () => {
    setFollowing(creator, true);
    try {
      await put<FollowState>(`/users/${creator.id}/follow`);
    } catch (thrown) {
      setFollowing(creator, false);
      toastProblem(asProblem(thrown));
    }
  });
}

function setFollowing(creator: UserRef, following: boolean): void {
  for (const store of allStores()) {
    for (const entry of store.entries.peek()) {
      if (entry.video.peek().creator.id === creator.id) change(entry, { following_creator: following });
    }
  }
}

/** Takes videos out of every feed, at once. */
export function removeEverywhere(isUnwanted: (video: Video) => boolean): void {
  for (const store of allStores()) store.remove(isUnwanted);
}

/** Says that somebody doesn't want to see a video, its creator, its sound, or a hashtag. */
export function hide(video: Video, scope: Scope, value: string | null = null): void {
  withSession(words.reasonToHide, async () => {
    const path = `/videos/${video.id}/not-interested`;
    const body = value === null ? { scope } : { scope, value };
    removeEverywhere((other) => isMeant(other, video, scope, value));
    try {
      await put(path, { body });
      toast(options.hidden, { label: options.undo, run: () => void del(path, { body }).catch((thrown) => toastProblem(asProblem(thrown))) });
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    }
  });
}

function isMeant(other: Video, video: Video, scope: Scope, value: string | null): boolean {
  if (other.id === video.id) return true;
  if (scope === "creator") return other.creator.id === video.creator.id;
  if (scope === "sound") return other.sound !== null && other.sound.id === video.sound?.id;
  return scope === "hashtag" && value !== null && other.hashtags.includes(value);
}

export async function block(person: UserRef): Promise<void> {
  await put(`/users/${person.id}/block`);
  removeEverywhere((video) => video.creator.id === person.id);
  toast(options.blocked(person.username));
}

/** Reports something; who reported a video sees it no more. Throws Problem. */
export async function sendReport(type: "video" | "comment" | "user", id: string, reason: string, detail: string, key = newId()): Promise<void> {
  await post("/reports", { target_type: type, target_id: id, reason, detail }, { idempotencyKey: key });
  if (type === "video") removeEverywhere((video) => video.id === id);
  if (type === "user") removeEverywhere((video) => video.creator.id === id);
  toast(reporting.sent);
}

/** Reads a video's numbers anew, as after commenting. */
export async function refresh(entry: Entry): Promise<void> {
  try {
    entry.video.value = { ...(await get<Video>(`/videos/${entry.video.peek().id}`)) };
  } catch {
    // the numbers stay as they are
  }
}
