/** Who is here; tells whoever listens when that changes. */

import { call } from "./api.js";

const listeners = new Set();

export const session = {
  user: null,

  /** Whether there is somebody who may upload. */
  get mayUpload() {
    return this.user !== null && this.user.role !== "user";
  },
};

/** Calls back now and whenever somebody signs in or out. */
export function onSession(listener) {
  listeners.add(listener);
}

/** Takes over who is here. */
export function enter(user) {
  session.user = user;
  for (const listener of listeners) listener(user);
}

/** Asks the server who is here; nobody, if it can't say. */
export async function resume() {
  try {
    enter((await call("GET", "/auth/session")).user);
  } catch {
    enter(null);
  }
}

/** Signs out here; the feed goes on without a name. */
export async function leave() {
  await call("POST", "/auth/logout");
  enter(null);
}
