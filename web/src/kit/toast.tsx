/** Short messages at the edge of the screen, read out, gone by themselves. */
import { signal } from "@preact/signals";
import type { Problem } from "../api/problem";
import { words } from "../strings/common";
import styles from "./kit.module.css";

interface Action {
  readonly label: string;
  readonly run: () => void;
}

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action?: Action | undefined;
}

const SHOWN_MS = 4_000;
const WITH_ACTION_MS = 8_000;
const MOST = 3;

const toasts = signal<readonly Toast[]>([]);
let last = 0;

/** Says something; an action, such as Undo, can be taken while it is shown. */
export function toast(text: string, action?: Action): void {
  const id = (last += 1);
  toasts.value = [...toasts.value.filter((each) => each.text !== text), { id, text, action }].slice(-MOST);
  setTimeout(() => hide(id), action ? WITH_ACTION_MS : SHOWN_MS);
}

/** Says what went wrong, and when it is worth trying again. */
export function toastProblem(problem: Problem): void {
  if (problem.code === "aborted" || problem.code === "authentication_required") return;
  toast(problem.retryAfter > 0 ? `${problem.title}. ${words.tryAgainIn(problem.retryAfter)}` : problem.detail || problem.title);
}

function hide(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}

export function Toasts() {
  return (
    <div class={styles.toasts} role="status" aria-live="polite">
      {toasts.value.map(({ id, text, action }) => (
        <p key={id} class={styles.toast}>
          <span>{text}</span>
          {action && <button type="button" onClick={() => { hide(id); action.run(); }}>{action.label}</button>}
        </p>
      ))}
    </div>
  );
}
