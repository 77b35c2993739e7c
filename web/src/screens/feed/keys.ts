/** The keyboard: everything that a finger can do. */
import type { Signal } from "@preact/signals";
import { muted, setMuted } from "../../playback/sound";
import { toggleLike, toggleSave } from "./actions";
import type { Panel } from "./article";
import type { Stage } from "./stage";
import type { Store } from "./store";

/** Listens until the returned function is called. */
export function listenToKeys(stage: Stage, store: Store, panel: Signal<Panel | null>, go: (step: number) => void): () => void {
  const act = (key: string, name: Panel["name"] | "" = ""): boolean => {
    const entry = store.current;
    if (name) panel.value = { name, entry: entry ?? null };
    else if (key === "ArrowDown" || key === "j" || key === "PageDown") go(1);
    else if (key === "ArrowUp" || key === "k" || key === "PageUp") go(-1);
    else if (key === " ") stage.toggle();
    else if (key === "m") setMuted(!muted.peek());
    else if (key === "l" && entry) toggleLike(entry);
    else if (key === "s" && entry) toggleSave(entry);
    else return false;
    return true;
  };
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isElsewhere(event)) return;
    const name = event.key === "c" && store.current ? "comments" : event.key === "?" ? "keys" : "";
    if (act(event.key, name)) event.preventDefault();
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}

/** Whether a key belongs to what has the focus: a dialog, a field, or a button that space presses. */
function isElsewhere(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  if (document.querySelector("dialog[open]") || target.matches("input, textarea, select, [role=tab], [role=menuitem]")) return true;
  return event.key === " " && target.matches("button, a");
}
