/** People in lists and beside their doings. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { del, put } from "../api/client";
import { asProblem } from "../api/problem";
import type { FollowState, UserRef } from "../api/types.gen";
import { me, withSession } from "../session/session";
import { follows } from "../strings/people-kit";
import { Avatar } from "./avatar";
import { Button } from "./button";
import styles from "./kit.module.css";
import { toastProblem } from "./toast";

/** A person with their picture and names, linked to their profile; `children` stand at the end. */
export function PersonRow({ person, detail, children }: { readonly person: UserRef; readonly detail?: string; readonly children?: ComponentChildren }) {
  return (
    <div class={styles.person}>
      <a href={`/@${person.username}`}>
        <Avatar person={person} size={44} />
        <span>
          <b>{person.display_name || person.username}</b>
          <span class="muted">{detail ?? `@${person.username}`}</span>
        </span>
      </a>
      {children}
    </div>
  );
}

interface FollowProps {
  readonly person: UserRef;
  readonly following: boolean;
  readonly onChange?: (state: FollowState) => void;
}

/** Follows or leaves at once, and says so when the server disagrees. */
export function FollowButton({ person, following, onChange }: FollowProps) {
  const state = useSignal(following);
  const busy = useSignal(false);
  if (me.value?.id === person.id) return null;
  const change = () => withSession(follows.reason(person.username), async () => {
    busy.value = true;
    const path = `/users/${person.id}/follow`;
    try {
      const now = await (state.peek() ? del<FollowState>(path) : put<FollowState>(path));
      state.value = now.state === "following";
      onChange?.(now);
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    } finally {
      busy.value = false;
    }
  });
  return <Button kind={state.value ? "plain" : "primary"} busy={busy.value} aria-pressed={state.value} onClick={change}>{state.value ? follows.following : follows.follow}</Button>;
}
