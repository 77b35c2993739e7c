/** Every act of the staff, and whether the log is as it was written. */
import { useSignal } from "@preact/signals";
import { get } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { AuditEntry, AuditVerification } from "../../api/types.gen";
import { here, setQuery } from "../../app/router";
import { Button } from "../../kit/button";
import { TextField } from "../../kit/field";
import { InfiniteList, usePages } from "../../kit/list";
import { Empty } from "../../kit/states";
import { toastProblem } from "../../kit/toast";
import { formatDayAndTime } from "../../i18n";
import { audit as words } from "../../strings/moderation";
import styles from "./moderation.module.css";

const FILTERS = ["actor", "action", "target"] as const;

export function Audit() {
  const { query } = here.value;
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""]));
  const pages = usePages<AuditEntry>("/admin/audit", filters);
  const filter = (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    setQuery(Object.fromEntries(FILTERS.map((name) => [name, String(data.get(name)).trim()])));
  };
  return (
    <div class="stack">
      <Verify />
      <form class={styles.filters} role="search" onSubmit={filter}>
        {FILTERS.map((name) => <TextField key={name} name={name} label={words[name]} defaultValue={filters[name]} autoCapitalize="none" maxLength={100} />)}
        <Button type="submit" icon="search">{words.filter}</Button>
      </form>
      <InfiniteList label={words.label} pages={pages} keyOf={({ seq }) => String(seq)} empty={<Empty icon="search" title={words.empty} />}>
        {(entry) => (
          <details class={styles.entry}>
            <summary><span class="tabular muted">#{entry.seq}</span> <b>{entry.action}</b> <span>{entry.target}</span> <span class="muted">{entry.actor} · {formatDayAndTime(entry.at)}</span></summary>
            <pre tabIndex={0} aria-label={words.detail}>{JSON.stringify({ detail: entry.detail, request_id: entry.request_id, prev_hash: entry.prev_hash, hash: entry.hash }, null, 2)}</pre>
          </details>
        )}
      </InfiniteList>
    </div>
  );
}

function Verify() {
  const busy = useSignal(false);
  const result = useSignal<AuditVerification | null>(null);
  const verify = async () => {
    busy.value = true;
    try {
      result.value = await get<AuditVerification>("/admin/audit/verify");
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    } finally {
      busy.value = false;
    }
  };
  const found = result.value;
  return (
    <div class="row">
      <Button icon="shield" busy={busy.value} onClick={verify}>{words.verify}</Button>
      <p role="status" class={found?.ok === false ? styles.bad : styles.good}>
        {found && (found.ok ? words.ok(found.checked, found.seals) : words.broken(found.first_broken?.seq ?? 0, found.first_broken?.problem ?? ""))}
      </p>
    </div>
  );
}
