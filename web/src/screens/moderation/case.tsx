/** One claimed case: what it is about, what was said of it, and the decision. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { newId, post } from "../../api/client";
import type { AuditPage, ShownCase, ShownMember, Video } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { FormProblem, TextArea, TextField, useForm } from "../../kit/field";
import { PersonRow } from "../../kit/person";
import { useResource } from "../../kit/resource";
import { Skeleton } from "../../kit/states";
import { toast } from "../../kit/toast";
import { formatDayAndTime, formatDuration, formatPercent } from "../../i18n";
import { hasRole } from "../../session/session";
import { reporting } from "../../strings/feed";
import { members, moderation, queue as words } from "../../strings/moderation";
import { claim, Marks, reasonsOf, Severity } from "./queue";
import styles from "./moderation.module.css";

interface Props {
  readonly found: ShownCase;
  readonly close: () => void;
}

export function Case({ found, close }: Props) {
  const shown = useSignal(found);
  const heading = useRef<HTMLHeadingElement>(null);
  const video = useResource<Video>(found.target_type === "video" && found.target_id ? `/videos/${found.target_id}` : null);
  useEffect(() => heading.current?.focus(), []);
  const makerId = found.target_type === "user" ? found.target_id : (video.value.value?.creator.id ?? null);
  return (
    <article class={styles.case}>
      <header class={styles.caseHead}>
        <Button icon="left" kind="quiet" onClick={close}>{words.back}</Button>
        <Lease found={shown.value} onClaimed={(again) => (shown.value = again)} />
      </header>
      <div class={styles.subject}>
        {found.target_type === "video" && <Player video={video.value.value} isGone={video.problem.value !== null} />}
        {makerId && <Maker id={makerId} />}
      </div>
      <div class={styles.facts}>
        <div class={styles.caseTitle}><Severity found={found} /><h2 ref={heading} tabIndex={-1}>{moderation.kinds[found.target_type]}: {reasonsOf(found)}</h2></div>
        <Marks found={found} />
        {video.value.value?.description && <blockquote>{video.value.value.description}</blockquote>}
        <Reports found={found} />
        {hasRole("admin") && <Earlier target={`${found.target_type}:${found.target_id}`} />}
        <Decide found={found} close={close} />
      </div>
    </article>
  );
}

function Lease({ found, onClaimed }: { readonly found: ShownCase; readonly onClaimed: (found: ShownCase) => void }) {
  const end = found.claimed_until ? Date.parse(found.claimed_until) : 0;
  const left = useSignal(end - Date.now());
  useEffect(() => {
    const timer = setInterval(() => (left.value = end - Date.now()), 1000);
    left.value = end - Date.now();
    return () => clearInterval(timer);
  }, [end]);
  const again = async () => {
    const taken = await claim(found.id);
    if (taken) onClaimed(taken);
  };
  if (left.value > 0) return <p class={`tabular ${styles.lease}`} role="timer">{words.lease(formatDuration(left.value))}</p>;
  return <p class={styles.lease} role="alert">{words.leaseOver} <Button onClick={again}>{words.claimAgain}</Button></p>;
}

function Player({ video, isGone }: { readonly video: Video | null; readonly isGone: boolean }) {
  if (isGone || (video && !video.playback)) return <p class={styles.noMedia}>{words.noMedia}</p>;
  if (!video?.playback) return <Skeleton height="420px" />;
  return <video class={styles.player} src={video.playback.mp4_url} poster={video.playback.poster_url} aria-label={video.description || moderation.kinds.video} controls playsInline muted autoPlay loop preload="metadata" />;
}

function Maker({ id }: { readonly id: string }) {
  const person = useResource<ShownMember>(`/admin/users/${id}`).value.value;
  if (!person) return <Skeleton height="44px" />;
  return (
    <section aria-label={words.about}>
      <PersonRow person={person} detail={words.person(person.video_count, person.reports_about)}>{person.ban && <span class={styles.banned}>{members.bannedUntil(person.ban.until)}</span>}</PersonRow>
    </section>
  );
}

function Reports({ found }: { readonly found: ShownCase }) {
  return (
    <section class={styles.part}>
      <h3>{words.why}</h3>
      <ul class={styles.reasons}>{Object.entries(found.reasons).map(([reason, count]) => <li key={reason}>{reporting.reasons[reason] ?? reason} <b>× {count}</b></li>)}</ul>
      {found.details.length > 0 && <ul class={styles.details} aria-label={words.detailsLabel}>{found.details.map((each, at) => <li key={at}>{each}</li>)}</ul>}
      {found.duplicates.length > 0 && (
        <>
          <h3>{words.duplicates}</h3>
          <ul>{found.duplicates.map(({ video_id, score }) => <li key={video_id}><a href={`/v/${video_id}`} target="_blank" rel="noopener">{video_id}</a> · {words.score(formatPercent(score))}</li>)}</ul>
        </>
      )}
    </section>
  );
}

function Earlier({ target }: { readonly target: string }) {
  const page = useResource<AuditPage>("/admin/audit", { target, action: "decision", limit: 5 }).value.value;
  return (
    <section class={styles.part}>
      <h3>{words.history}</h3>
      {!page && <Skeleton />}
      {page?.items.length === 0 && <p class="muted">{words.noHistory}</p>}
      <ul>{page?.items.map(({ seq, at, detail }) => <li key={seq}>{moderation.actions[String(detail.action)] ?? String(detail.action)} · {String(detail.reason)} <span class="muted">{formatDayAndTime(at)}</span></li>)}</ul>
    </section>
  );
}

/** What can be decided about each kind of thing. */
const ACTIONS: Record<string, readonly string[]> = {
  video: ["dismiss", "label", "limit_reach", "age_restrict", "remove", "ban"],
  comment: ["dismiss", "remove", "ban"],
  user: ["dismiss", "ban"],
};

function Decide({ found, close }: Props) {
  const key = useRef(newId());
  const chosen = useSignal("");
  const form = useForm(async (data) => {
    const body = { action: chosen.peek(), reason: String(data.get("reason")), note: String(data.get("note") ?? "") };
    await post<ShownCase>(`/admin/queue/${found.id}/decision`, body, { idempotencyKey: key.current });
    toast(body.action === "dismiss" ? words.dismissed : words.decided);
    close();
  });
  const changed = () => (key.current = newId());
  return (
    <form class={`stack ${styles.part}`} onSubmit={form.onSubmit} onInput={changed}>
      <fieldset class={styles.actions}>
        <legend>{words.decision}</legend>
        {(ACTIONS[found.target_type] ?? []).map((action) => (
          <label key={action}><input type="radio" name="action" value={action} required checked={chosen.value === action} onChange={() => (chosen.value = action)} /><span>{moderation.actions[action]}</span></label>
        ))}
      </fieldset>
      <TextField label={moderation.reason} name="reason" hint={moderation.reasonHint} form={form} maxLength={500} required />
      <TextArea label={moderation.note} name="note" hint={moderation.noteHint} form={form} maxLength={2000} rows={2} optional />
      <FormProblem form={form} />
      <div class="row"><Button kind={chosen.value === "remove" || chosen.value === "ban" ? "danger" : "primary"} type="submit" busy={form.busy}>{words.decide}</Button></div>
    </form>
  );
}
