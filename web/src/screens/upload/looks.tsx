import { Choice, Slider } from "../../kit/choice";
import { Toggle } from "../../kit/field";
import { useResource } from "../../kit/resource";
import { here } from "../../app/router";
import type { Sound } from "../../api/types.gen";
import { upload } from "../../strings/upload";
import { change, type Draft, type Fit, type Look } from "./recipe";
import styles from "./upload.module.css";

const { look } = upload;

/** The colours, the shape, and how much of a chosen sound is heard. */
export function Looks({ draft }: { readonly draft: Draft }) {
  const recipe = draft.recipe.value;
  const frame = draft.frames.value[Math.floor(draft.frames.value.length / 2)];
  const filters = Object.entries(look.filters).map(([value, label]) => ({ value: value as Look, label: <Sample look={value as Look} frame={frame} label={label} /> }));
  const fits = Object.entries(look.fits).map(([value, label]) => ({ value: value as Fit, label }));
  return (
    <div class="stack">
      <Choice label={look.filter} look="cards" options={filters} value={recipe.look} onChange={(value) => change(draft, { look: value })} />
      <Choice label={look.fit} options={fits} value={recipe.fit} onChange={(fit) => change(draft, { fit })} />
      <Toggle label={look.mirror} hint={look.mirrorHint} checked={recipe.mirror} onChange={(event) => change(draft, { mirror: event.currentTarget.checked })} />
      <Mix draft={draft} />
    </div>
  );
}

function Sample({ look: name, frame, label }: { readonly look: Look; readonly frame: string | undefined; readonly label: string }) {
  return (
    <>
      <span class={styles.sample}>
        {frame && <img class={styles[name]} src={frame} alt="" />}
        <span class={`${styles.tint} ${styles[`${name}Tint`] ?? ""}`} />
      </span>
      {label}
    </>
  );
}

function Mix({ draft }: { readonly draft: Draft }) {
  const id = here.value.query.get("sound");
  const sound = useResource<Sound>(id && `/sounds/${id}`).value.value;
  if (!sound) return null;
  const { soundMix } = draft.recipe.value;
  return <Slider label={upload.soundMix(sound.title)} value={soundMix} min={0} max={1} step={0.05} shown={upload.percent(soundMix)} onInput={(mix) => change(draft, { soundMix: mix })} />;
}
