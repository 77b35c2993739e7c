/** Open cases, the gravest first; one that is claimed opens. */
import { useSignal } from "@preact/signals";
import { post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { ShownCase } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { InfiniteList, usePages } from "../../kit/list";
import { Empty, Skeleton } from "../../kit/states";
import { toastProblem } from "../../kit/toast";
import { formatAgo } from "../../i18n";
import { me } from "../../session/session";
import { reporting } from "../../strings/feed";
import { moderation, queue as words } from "../../strings/moderation";
import { Case } from "./case";
import styles from "./moderation.module.css";

/** Takes a case for ten minutes, or as much longer; says so where somebody else has it. */
export async function claim(id: string): Promise<ShownCase | null> {
  try {
    return await post<ShownCase>(`/admin/queue/${id}/claim`);
  } catch (thrown) {
    toastProblem(asProblem(thrown));
    return null;
  }
}

/** The case that is open, to be shown in place of the list it came from, which is read anew after. */
export function useOpenCase(pages: { readonly reload: () => unknown }) {
  const open = useSignal<ShownCase | null>(null);
  const show = (found: ShownCase | null) => {
    open.value = found;
    if (!found) void pages.reload();
  };
  return { show, opened: open.value && <Case key={open.value.id} found={open.value} close={() => show(null)} /> };
}

export function Queue() {
  const pages = usePages<ShownCase>("/admin/queue");
  const { opened, show } = useOpenCase(pages);
  if (opened) return opened;
  return (
    <InfiniteList label={words.label} pages={pages} keyOf={({ id }) => id} skeleton={<Skeleton height="92px" />} empty={<Empty icon="check" title={words.empty} detail={words.emptyDetail} />}>
      {(each) => <Row found={each} onClaimed={show} />}
    </InfiniteList>
  );
}

function Row({ found, onClaimed }: { readonly found: ShownCase; readonly onClaimed: (found: ShownCase) => void }) {
  const busy = useSignal(false);
  const take = async () => {
    busy.value = true;
    const taken = await claim(found.id);
    busy.value = false;
    if (taken) onClaimed(taken);
  };
  const kind = moderation.kinds[found.target_type] ?? found.target_type;
  return (
    <article class={`card ${styles.caseRow}`}>
      <Severity found={found} />
      <div>
        <h2>{kind}: {reasonsOf(found)}</h2>
        <p class="muted">{words.reports(found.report_count)} · {words.weight(found.weight)} · {formatAgo(found.opened_at)}</p>
        <Marks found={found} />
      </div>
      <Button kind="primary" busy={busy.value} onClick={take} aria-label={words.claimNamed(`${kind}, ${reasonsOf(found)}`)}>{words.claim}</Button>
    </article>
  );
}

export function reasonsOf({ reasons, duplicates }: ShownCase): string {
  const said = Object.keys(reasons).map((each) => reporting.reasons[each] ?? each);
  return (said.length === 0 && duplicates.length > 0 ? [words.duplicate] : said).join(", ");
}

export function Severity({ found }: { readonly found: ShownCase }) {
  const grade = found.severity >= 60 ? styles.high : found.severity >= 30 ? styles.middle : styles.low;
  return <span class={`${styles.severity} ${grade}`}><span class="visually-hidden">{words.severity(found.severity)}</span><span aria-hidden="true">{found.severity}</span></span>;
}

export function Marks({ found }: { readonly found: ShownCase }) {
  const isOthers = found.claimed_until !== null && Date.parse(found.claimed_until) > Date.now() && found.claimed_by !== me.value?.id;
  if (!found.held && !isOthers) return null;
  return <p class={styles.marks}>{found.held && <span>{words.held}</span>}{isOthers && <span>{words.claimed}</span>}</p>;
}
