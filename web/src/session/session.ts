/** Who is signed in; everything that asks for it reads these signals. */
import { computed, signal } from "@preact/signals";
import { get, onSignedOut, post } from "../api/client";
import type { Me, SessionState } from "../api/types.gen";

/** `undefined` until the server has said, then the person or null. */
export const me = signal<Me | null | undefined>(undefined);
export const isKnown = computed(() => me.value !== undefined);

/** Whether the sign-in sheet is open, and what it was asked for. */
export const signInAsked = signal<{ readonly reason: string; readonly then?: () => void } | null>(null);

/** Rises whenever somebody signs in or out; caches of personal answers depend on it. */
export const identity = signal(0);

const ROLES = ["user", "creator", "moderator", "admin"];

/** Whether the person has at least this role. */
export function hasRole(role: "creator" | "moderator" | "admin"): boolean {
  return ROLES.indexOf(me.value?.role ?? "") >= ROLES.indexOf(role);
}

/** Asks the server who is signed in; without an answer, nobody is until it can be asked again. */
export async function readSession(): Promise<void> {
  try {
    become((await get<SessionState>("/auth/session")).user);
  } catch {
    me.value ??= null;
  }
}

/** Takes in who is signed in now, after signing in, out, or a change of one's own data. */
export function become(person: Me | null): void {
  const before = me.value;
  me.value = person;
  if (before !== undefined && before?.id !== person?.id) identity.value += 1;
}

export async function signOut(): Promise<void> {
  await post("/auth/logout");
  become(null);
}

/** Runs something at once for who is signed in; everybody else is asked to sign in before. */
export function withSession(reason: string, act: () => void): void {
  if (me.value) act();
  else signInAsked.value = { reason, then: act };
}

onSignedOut.call = () => {
  if (me.value) become(null);
  signInAsked.value ??= { reason: "" };
};
