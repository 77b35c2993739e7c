/** The way to a video: become a creator, choose a file, edit it, say what it is, send it. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useTitle } from "../../app/title";
import { hasRole } from "../../session/session";
import { upload } from "../../strings/upload";
import { BecomeCreator } from "./creator";
import { Editor } from "./editor";
import { Pick } from "./pick";
import { makeDraft, type Draft } from "./recipe";

export default function Upload() {
  useTitle(upload.title);
  const draft = useSignal<Draft | null>(null);
  const choose = (file: File | null) => {
    if (draft.peek()) URL.revokeObjectURL(draft.peek()!.url);
    draft.value = file && makeDraft(file);
  };
  useEffect(() => () => choose(null), []);
  if (!hasRole("creator")) return <BecomeCreator />;
  return draft.value ? <Editor key={draft.value.url} draft={draft.value} onLeave={() => choose(null)} /> : <Pick onPick={choose} />;
}
