/** The fields about a video that are the same before and after it is published. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { get } from "../../api/client";
import type { Suggestion, Suggestions, Video, VideoChanges, Visibility } from "../../api/types.gen";
import { Choice } from "../../kit/choice";
import { TextArea, Toggle, type Form } from "../../kit/field";
import { upload } from "../../strings/upload";
import styles from "./upload.module.css";

const { details } = upload;
const VISIBILITIES = Object.entries(details.visibilities).map(([value, label]) => ({ value: value as Visibility, label }));
const LONGEST = 2200;
const PAUSE_MS = 250;

type Said = Required<Pick<VideoChanges, "description" | "visibility" | "allow_comments" | "labels">>;
type Label = "ai_generated" | "branded";

interface Props {
  readonly form: Form;
  readonly video?: Pick<Video, "description" | "visibility" | "allow_comments" | "labels">;
}

export function SaidFields({ form, video }: Props) {
  const visibility = useSignal<Visibility>((video?.visibility as Visibility | undefined) ?? "public");
  return (
    <>
      <Description form={form} text={video?.description ?? ""} />
      <Choice label={details.visibility} options={VISIBILITIES} value={visibility.value} onChange={(value) => (visibility.value = value)} />
      <input type="hidden" name="visibility" value={visibility.value} />
      <Toggle label={details.comments} name="allow_comments" defaultChecked={video?.allow_comments ?? true} />
      <Toggle label={details.ai} hint={details.aiHint} name="ai_generated" defaultChecked={video?.labels.includes("ai_generated") ?? false} />
      <Toggle label={details.branded} hint={details.brandedHint} name="branded" defaultChecked={video?.labels.includes("branded") ?? false} />
    </>
  );
}

export function readSaid(data: FormData): Omit<Said, "description"> & { readonly description: string; readonly allow_comments: boolean; readonly labels: readonly Label[] } {
  const labels: readonly Label[] = ["ai_generated", "branded"];
  return {
    description: String(data.get("description") ?? ""),
    visibility: data.get("visibility") as Visibility,
    allow_comments: data.has("allow_comments"),
    labels: labels.filter((label) => data.has(label)),
  };
}

/** A text with hints while a #hashtag or an @name is being typed. */
function Description({ form, text }: { readonly form: Form; readonly text: string }) {
  const typed = useSignal("");
  const hints = useSignal<readonly string[]>([]);
  const area = useRef<HTMLDivElement>(null);
  const field = () => area.current!.querySelector("textarea")!;
  const note = () => {
    const { value, selectionStart } = field();
    typed.value = /(?:^|[^\w])([#@][\p{L}\p{N}_.]{1,30})$/u.exec(value.slice(0, selectionStart))?.[1] ?? "";
  };
  useEffect(() => {
    hints.value = [];
    if (!typed.value) return;
    const gone = new AbortController();
    const timer = setTimeout(() => void suggest(typed.value, gone.signal).then((found) => (hints.value = found)), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [typed.value]);
  const complete = (hint: string) => {
    const { selectionStart } = field();
    field().setRangeText(`${hint} `, selectionStart - typed.peek().length, selectionStart, "end");
    field().focus();
    note();
  };
  return (
    <div ref={area}>
      <TextArea label={details.description} name="description" hint={details.descriptionHint} form={form} maxLength={LONGEST} defaultValue={text} rows={3} onInput={note} />
      <div class={styles.hints} role="group" aria-label={details.suggestions}>
        {hints.value.map((hint) => <button key={hint} type="button" onClick={() => complete(hint)}>{hint}</button>)}
      </div>
    </div>
  );
}

/** Returns hashtags or names that begin like this, the sign included; none where nothing answers. */
async function suggest(typed: string, signal: AbortSignal): Promise<readonly string[]> {
  const [sign, type]: readonly [string, Suggestion["type"]] = typed.startsWith("#") ? ["#", "hashtag"] : ["@", "user"];
  try {
    const { suggestions } = await get<Suggestions>("/search/suggest", { query: { q: typed.slice(1) }, signal });
    const names = suggestions.filter((each) => each.type === type).map((each) => sign + each.text.replace(/^[#@]/, ""));
    return names.filter((name) => name !== typed).slice(0, 5);
  } catch {
    return [];
  }
}
