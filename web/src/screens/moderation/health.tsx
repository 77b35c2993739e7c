/** How everything in the background does. */
import { post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Forced, PlatformHealth } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { useResource } from "../../kit/resource";
import { FailedWith, Skeleton } from "../../kit/states";
import { toastProblem } from "../../kit/toast";
import { formatAgo, formatNumber } from "../../i18n";
import { hasRole } from "../../session/session";
import { health as words } from "../../strings/moderation";
import styles from "./moderation.module.css";

const FORCED: readonly Forced[] = ["auto", "open", "closed"];
const shown = (value: number | null) => (value === null ? words.unknown : formatNumber(value));

export function Health() {
  const resource = useResource<PlatformHealth>("/admin/health");
  const found = resource.value.value;
  const reload = () => void resource.reload();
  if (resource.problem.value && !found) return <FailedWith problem={resource.problem.value} retry={reload} />;
  if (!found) return <Skeleton height="32rem" />;
  const lags = Object.entries(found.lags);
  return (
    <div class="stack">
      <div class="row"><Button icon="refresh" onClick={reload}>{words.refresh}</Button><span class="muted" role="status">{words.asOf(found.as_of)}</span></div>
      <div class={styles.boards}>
        <Board title={words.queues} head={[words.queue, words.depth, words.inFlight, words.dead]} rows={Object.entries(found.queues).map(([name, queue]) => [name, shown(queue.depth), shown(queue.in_flight), <span class={queue.dead_letters ? styles.bad : ""}>{shown(queue.dead_letters)}</span>])} />
        <Board title={words.breakers} head={[words.breaker, words.state, words.forced]} rows={Object.entries(found.breakers).map(([name, breaker]) => [name, <span class={breaker.state === "closed" ? styles.good : styles.bad}>{breaker.state}</span>, <Force name={name} forced={breaker.forced} reload={reload} />])} />
        <Board title={words.lags} rows={[...lags.map(([name, value]) => [words.lagNames[name] ?? name, words.seconds(value)]), [words.outbox, formatNumber(found.outbox_waiting)]]} />
        <Board title={words.jobs} rows={Object.entries(found.last_jobs).map(([name, at]) => [name, at ? formatAgo(at) : words.never])} />
      </div>
    </div>
  );
}

interface BoardProps {
  readonly title: string;
  readonly head?: readonly string[];
  readonly rows: readonly (readonly preact.ComponentChild[])[];
}

function Board({ title, head, rows }: BoardProps) {
  return (
    <section class={`card ${styles.board}`}>
      <h2>{title}</h2>
      <table>
        {head && <thead><tr>{head.map((each) => <th key={each} scope="col">{each}</th>)}</tr></thead>}
        <tbody>{rows.map(([name, ...cells]) => <tr key={String(name)}><th scope="row">{name}</th>{cells.map((cell, at) => <td key={at}>{cell}</td>)}</tr>)}</tbody>
      </table>
    </section>
  );
}

function Force({ name, forced, reload }: { readonly name: string; readonly forced: Forced; readonly reload: () => void }) {
  const set = async (event: { readonly currentTarget: HTMLSelectElement }) => {
    try {
      await post(`/admin/breakers/${name}`, { state: event.currentTarget.value });
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    }
    reload();
  };
  if (!hasRole("admin")) return <>{forced}</>;
  return <select class={styles.force} aria-label={words.setNamed(name)} value={forced} onChange={set}>{FORCED.map((each) => <option key={each}>{each}</option>)}</select>;
}
