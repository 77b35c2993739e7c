/** The processing timeline: a line per step, with how far it is and how long it took. */
import type { StageReport } from "../../api/types.gen";
import { Icon, type IconName } from "../../kit/icon";
import { upload } from "../../strings/upload";
import styles from "./upload.module.css";

const { progress } = upload;
const ICONS: Readonly<Record<string, IconName>> = { done: "check", failed: "close", skipped: "minus" };

export function Stages({ stages }: { readonly stages: readonly StageReport[] }) {
  return (
    <ol class={styles.stages} aria-label={progress.stagesLabel}>
      {stages.map((stage) => <Line key={stage.name} stage={stage} />)}
    </ol>
  );
}

function Line({ stage }: { readonly stage: StageReport }) {
  const { name, state, percent, started_at: began, ended_at: ended } = stage;
  const icon = ICONS[state];
  const took = began && ended ? progress.took(Date.parse(ended) - Date.parse(began)) : "";
  const isRunning = state === "running";
  return (
    <li class={styles[state]} data-state={state}>
      <span class={styles.dot}>{icon && <Icon name={icon} size={16} />}</span>
      <span class={styles.stageName}>{progress.stages[name] ?? name}</span>
      <span class="muted tabular">{isRunning ? `${percent} %` : state === "done" ? took : progress.states[state]}</span>
      {isRunning && <span class="visually-hidden">{progress.states.running}</span>}
      <span class={styles.track}><span style={{ width: `${state === "done" || state === "skipped" ? 100 : percent}%` }} /></span>
    </li>
  );
}
