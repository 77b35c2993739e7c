import { Button } from "../../kit/button";
import { Choice, Slider } from "../../kit/choice";
import { TextField } from "../../kit/field";
import { upload } from "../../strings/upload";
import { addCaption, changeCaption, MOST_CAPTIONS, removeCaption, resultMs, type Caption, type Draft } from "./recipe";
import styles from "./upload.module.css";

const { text: strings } = upload;
const SIZES = Object.entries(strings.sizes).map(([value, label]) => ({ value: value as Caption["size"], label }));
const COLORS = Object.entries(strings.colors).map(([value, label]) => ({
  value,
  label: <><span class={styles.swatch} style={{ background: value }} /><span class="visually-hidden">{label}</span></>,
}));
const SHORTEST_SHOWN_MS = 100;

/** Words on the picture, one at a time. */
export function Captions({ draft }: { readonly draft: Draft }) {
  const { captions } = draft.recipe.value;
  const chosen = captions.find(({ id }) => id === draft.chosen.value) ?? captions.at(-1);
  const add = <Button icon="plus" disabled={captions.length >= MOST_CAPTIONS} onClick={() => addCaption(draft)}>{strings.add}</Button>;
  if (!chosen) {
    return (
      <div class={styles.noText}>
        <p><b>{strings.empty}</b></p>
        <p class="muted">{strings.emptyDetail}</p>
        {add}
      </div>
    );
  }
  const options = captions.map(({ id, text }, at) => ({ value: id, label: <span class={styles.captionName}>{text.trim() || strings.nth(at + 1)}</span> }));
  return (
    <div class="stack">
      <div class="row">
        {options.length > 1 && <Choice label={upload.steps.text} hideLabel options={options} value={chosen.id} onChange={(id) => (draft.chosen.value = id)} />}
        {add}
      </div>
      <Form key={chosen.id} draft={draft} caption={chosen} />
    </div>
  );
}

function Form({ draft, caption }: { readonly draft: Draft; readonly caption: Caption }) {
  const { id, text, x, y, size, color, startMs, endMs } = caption;
  const set = (changes: Partial<Caption>) => changeCaption(draft, id, changes);
  const length = Math.max(SHORTEST_SHOWN_MS, resultMs(draft.recipe.value));
  const until = Math.min(endMs ?? length, length);
  return (
    <div class="stack">
      <TextField label={strings.words} name="text" value={text} maxLength={80} autofocus onInput={(event) => set({ text: event.currentTarget.value })} />
      <Choice label={strings.size} options={SIZES} value={size} onChange={(value) => set({ size: value })} />
      <Choice label={strings.color} look="cards" options={COLORS} value={color} onChange={(value) => set({ color: value })} />
      <div class={styles.two}>
        <Slider label={strings.across} value={x} min={0} max={1} step={0.01} shown={upload.percent(x)} onInput={(value) => set({ x: value })} />
        <Slider label={strings.down} value={y} min={0} max={1} step={0.01} shown={upload.percent(y)} onInput={(value) => set({ y: value })} />
        <Slider label={strings.from} value={startMs} min={0} max={length - SHORTEST_SHOWN_MS} step={SHORTEST_SHOWN_MS} shown={upload.progress.took(startMs)}
          onInput={(value) => set({ startMs: Math.min(value, until - SHORTEST_SHOWN_MS) })} />
        <Slider label={strings.until} value={until} min={SHORTEST_SHOWN_MS} max={length} step={SHORTEST_SHOWN_MS} shown={upload.progress.took(until)}
          onInput={(value) => set({ endMs: value >= length - SHORTEST_SHOWN_MS ? null : Math.max(value, startMs + SHORTEST_SHOWN_MS) })} />
      </div>
      <Button kind="quiet" icon="trash" onClick={() => removeCaption(draft, id)}>{strings.remove}</Button>
    </div>
  );
}
