/** Three players for any number of videos: the current one, the next, the one before. */

import { Stream } from "./stream.js";

export class Players {
  #streams = [new Stream(), new Stream(), new Stream()];
  #clips = new Map();

  /** Gives players to a clip and its neighbours, most urgent first; the rest lose theirs. */
  assign(current, next, previous) {
    const wanted = [current, next, previous].filter((clip) => clip?.item.video.playback);
    for (const [clip, stream] of this.#clips) {
      if (wanted.includes(clip)) continue;
      this.#clips.delete(clip);
      clip.detach();
      stream.release();
    }
    for (const clip of wanted) this.#give(clip);
    for (const [clip, stream] of this.#clips) stream.active = clip === current;
  }

  #give(clip) {
    if (this.#clips.has(clip)) return;
    const busy = new Set(this.#clips.values());
    const stream = this.#streams.find((candidate) => !busy.has(candidate));
    this.#clips.set(clip, stream);
    clip.attach(stream.video);
    stream.load(clip.item.video.playback);
  }
}
