/** The steps between choosing a file and sending it, beside a preview of the result. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Button, IconButton } from "../../kit/button";
import { Tabs } from "../../kit/tabs";
import { formatBytes } from "../../i18n";
import { upload } from "../../strings/upload";
import { Captions } from "./captions";
import { Cover } from "./cover";
import { Details } from "./details";
import { takeFrames } from "./frames";
import { Looks } from "./looks";
import { Preview } from "./preview";
import type { Draft } from "./recipe";
import { Trim } from "./trim";
import styles from "./upload.module.css";

export type Step = keyof typeof upload.steps;

const STEPS = Object.entries(upload.steps).map(([id, label]) => ({ id: id as Step, label }));
const FRAMES = 10;

interface Props {
  readonly draft: Draft;
  readonly onLeave: () => void;
}

export function Editor({ draft, onLeave }: Props) {
  const step = useSignal<Step>("trim");
  useEffect(() => void takeFrames(draft.url, FRAMES, (frames) => (draft.frames.value = frames)), [draft]);
  const next = STEPS[STEPS.findIndex(({ id }) => id === step.value) + 1];
  return (
    <div class={`page wide ${styles.editor}`}>
      <header class={styles.head}>
        <IconButton icon="left" label={upload.another} onClick={onLeave} />
        <h1 tabIndex={-1}>{upload.title}</h1>
        <p class={`muted ${styles.fileName}`}>{draft.file.name}, {formatBytes(draft.file.size)}</p>
      </header>
      <Preview draft={draft} step={step.value} />
      <section class={styles.panel}>
        <Tabs label={upload.stepsLabel} tabs={STEPS} value={step.value} onChange={(id) => (step.value = id)} />
        <div role="tabpanel" aria-label={upload.steps[step.value]} class={styles.panelBody}>
          {step.value === "trim" && <Trim draft={draft} />}
          {step.value === "look" && <Looks draft={draft} />}
          {step.value === "text" && <Captions draft={draft} />}
          {step.value === "cover" && <Cover draft={draft} />}
          <div hidden={step.value !== "details"}><Details draft={draft} /></div>
        </div>
        {next && <Button kind="primary" wide icon="right" onClick={() => (step.value = next.id)}>{upload.next}</Button>}
      </section>
    </div>
  );
}
