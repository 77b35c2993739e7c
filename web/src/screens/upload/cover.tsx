import { Slider } from "../../kit/choice";
import { Toggle } from "../../kit/field";
import { upload } from "../../strings/upload";
import { change, inResult, seek, type Draft } from "./recipe";
import { Frames } from "./trim";
import styles from "./upload.module.css";

const { cover } = upload;

/** The moment that people see before the video plays. */
export function Cover({ draft }: { readonly draft: Draft }) {
  const recipe = draft.recipe.value;
  if (!draft.isShown.value) return <p class="muted">{upload.noPreview}</p>;
  const choose = (coverMs: number) => {
    change(draft, { coverMs });
    draft.player.current?.pause();
    seek(draft, coverMs);
  };
  const at = recipe.coverMs ?? recipe.startMs;
  return (
    <div class="stack">
      <p class="muted">{cover.hint}</p>
      <Toggle label={cover.auto} checked={recipe.coverMs === null} onChange={(event) => (event.currentTarget.checked ? change(draft, { coverMs: null }) : choose(at))} />
      <div class={styles.strip}><Frames draft={draft} /></div>
      <Slider label={cover.label} value={Math.min(recipe.endMs, Math.max(recipe.startMs, at))} min={recipe.startMs} max={Math.max(recipe.startMs, recipe.endMs - 50)} step={10} shown={cover.at(inResult(recipe, at))} onInput={choose} />
    </div>
  );
}
