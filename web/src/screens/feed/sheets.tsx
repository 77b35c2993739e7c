/** The small sheets of a feed. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { newId, post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Explanation, Shared } from "../../api/types.gen";
import { navigate } from "../../app/router";
import { Button } from "../../kit/button";
import { FormProblem, TextArea, useForm } from "../../kit/field";
import { Icon, type IconName } from "../../kit/icon";
import { useResource } from "../../kit/resource";
import { Sheet } from "../../kit/sheet";
import { FailedWith, Skeleton } from "../../kit/states";
import { toast, toastProblem } from "../../kit/toast";
import { report } from "../../playback/events";
import { me, withSession } from "../../session/session";
import { words as common } from "../../strings/common";
import { feed as words, keys, options, reporting, sharing, why } from "../../strings/feed";
import { block, hide, sendReport } from "./actions";
import type { Panel } from "./article";
import { copy } from "./copying";
import type { Entry } from "./store";
import styles from "./sheets.module.css";

interface SheetProps {
  readonly entry: Entry;
  readonly close: () => void;
}

const addressOf = (entry: Entry) => `${location.origin}/v/${entry.video.peek().id}`;

function Choice({ icon, danger = false, onClick, children }: { readonly icon: IconName; readonly danger?: boolean; readonly onClick: () => void; readonly children: string }) {
  return <button type="button" class={`${styles.choice} ${danger ? styles.danger : ""}`} onClick={onClick}><Icon name={icon} size={22} /><span>{children}</span></button>;
}

export function More({ entry, close, go }: SheetProps & { readonly go: (name: Panel["name"]) => void }) {
  const video = entry.video.value;
  const { creator } = video;
  const isOwn = me.value?.id === creator.id;
  const after = (act: () => void) => () => { close(); act(); };
  const asked = (reason: string, name: Panel["name"]) => () => { if (!me.peek()) close(); withSession(reason, () => go(name)); };
  return (
    <Sheet title={options.title} onClose={close}>
      <div class={styles.choices}>
        <Choice icon="info" onClick={() => go("why")}>{options.why}</Choice>
        {isOwn && <Choice icon="edit" onClick={after(() => navigate(`/studio/videos/${video.id}/edit`))}>{options.edit}</Choice>}
        {isOwn && <Choice icon="chart" onClick={after(() => navigate(`/studio/videos/${video.id}`))}>{options.figures}</Choice>}
        {!isOwn && <Choice icon="hidden" onClick={after(() => hide(video, "video"))}>{options.notVideo}</Choice>}
        {!isOwn && <Choice icon="user" onClick={after(() => hide(video, "creator"))}>{options.notCreator(creator.username)}</Choice>}
        {!isOwn && video.sound && <Choice icon="music" onClick={after(() => hide(video, "sound"))}>{options.notSound}</Choice>}
        {!isOwn && video.hashtags.slice(0, 4).map((tag) => <Choice key={tag} icon="hash" onClick={after(() => hide(video, "hashtag", tag))}>{options.notHashtag(tag)}</Choice>)}
        <Choice icon="link" onClick={after(() => void copyLink(entry))}>{options.copy}</Choice>
        <Choice icon="keyboard" onClick={() => go("keys")}>{options.keys}</Choice>
        {!isOwn && <Choice icon="flag" danger onClick={asked(words.reasonToReport, "report")}>{options.report}</Choice>}
        {!isOwn && <Choice icon="block" danger onClick={asked(words.reasonToBlock, "block")}>{options.block(creator.username)}</Choice>}
      </div>
    </Sheet>
  );
}

async function copyLink(entry: Entry): Promise<void> {
  const done = await copy(addressOf(entry));
  toast(done ? sharing.copied : addressOf(entry));
  if (done) void countShare(entry, "link");
}

/** Counts that a video was passed on. */
async function countShare(entry: Entry, channel: string): Promise<void> {
  report("share", entry.token);
  try {
    const { share_count } = await post<Shared>(`/videos/${entry.video.peek().id}/share`, { channel });
    const video = entry.video.peek();
    entry.video.value = { ...video, stats: { ...video.stats, shares: share_count } };
  } catch (thrown) {
    toastProblem(asProblem(thrown));
  }
}

export function Share({ entry, close }: SheetProps) {
  const address = addressOf(entry);
  const video = entry.video.value;
  const field = useRef<HTMLInputElement>(null);
  const copyIt = async () => {
    const done = await copy(address);
    if (!done) field.current!.select();
    toast(done ? sharing.copied : sharing.notCopied);
    await countShare(entry, "link");
    if (done) close();
  };
  const pass = async () => {
    try {
      await navigator.share({ title: document.title, text: video.description, url: address });
      close();
      await countShare(entry, "native");
    } catch {
      // the viewer changed their mind
    }
  };
  const mail = `mailto:?subject=${encodeURIComponent(words.videoBy(video.creator.username))}&body=${encodeURIComponent(address)}`;
  return (
    <Sheet title={sharing.title} onClose={close} testId="share-sheet">
      <div class="stack">
        <label class={styles.address}><span class="visually-hidden">{sharing.link}</span><input ref={field} readOnly value={address} onFocus={(event) => event.currentTarget.select()} /></label>
        {video.visibility !== "public" && <p class="muted">{sharing.private}</p>}
        <div class={styles.actions}>
          <Button kind="primary" icon="link" onClick={copyIt}>{sharing.copy}</Button>
          {"share" in navigator && <Button icon="share" onClick={pass}>{sharing.native}</Button>}
          <Button icon="send" onClick={() => { location.href = mail; void countShare(entry, "email"); }}>{sharing.email}</Button>
        </div>
      </div>
    </Sheet>
  );
}

export function Why({ entry, close }: SheetProps) {
  const isAsked = Boolean(me.value && entry.token);
  const found = useResource<Explanation>(isAsked ? `/feed/why/${entry.token}` : null);
  const answer = found.value.value;
  return (
    <Sheet title={why.title} onClose={close} testId="why">
      <div class="stack">
        {entry.reasons.length > 0 && <ul class={styles.reasons}>{entry.reasons.map(({ code, text }) => <li key={code}><Icon name="check" size={18} />{text}</li>)}</ul>}
        {!entry.token && <p>{why.none}</p>}
        {entry.token && !me.value && <p class="muted">{why.anonymous}</p>}
        {found.problem.value && <FailedWith problem={found.problem.value} retry={() => void found.reload()} />}
        {isAsked && !answer && !found.problem.value && <Skeleton height="12rem" />}
        {answer && <Contributions answer={answer} />}
      </div>
    </Sheet>
  );
}

function Contributions({ answer }: { readonly answer: Explanation }) {
  const rows = answer.contributions.map(({ feature, value, weight }) => ({ feature, given: value * weight })).filter(({ given }) => given !== 0);
  const most = Math.max(...rows.map(({ given }) => Math.abs(given)), 1e-9);
  return (
    <>
      <p>{why.source(why.sources[answer.source] ?? answer.source.replaceAll("_", " "))}</p>
      <p class="muted">{why.explain}</p>
      <table class={styles.sum}>
        <tbody>
          {rows.sort((one, other) => Math.abs(other.given) - Math.abs(one.given)).map(({ feature, given }) => (
            <tr key={feature}>
              <th scope="row">{feature.replaceAll("_", " ")}</th>
              <td aria-hidden="true"><span class={given < 0 ? styles.minus : styles.plus} style={{ width: `${(Math.abs(given) / most) * 100}%` }} /></td>
              <td class="tabular">{given.toFixed(3)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot><tr><th scope="row">{why.score}</th><td /><td class="tabular">{answer.score.toFixed(3)}</td></tr></tfoot>
      </table>
    </>
  );
}

export function Report({ entry, close }: SheetProps) {
  return <ReportSheet type="video" id={entry.video.peek().id} close={close} />;
}

/** Reports a video, a comment or a person. */
export function ReportSheet({ type, id, close }: { readonly type: "video" | "comment" | "user"; readonly id: string; readonly close: () => void }) {
  const key = useRef(newId());
  const chosen = useSignal("");
  const form = useForm(async (data) => {
    await sendReport(type, id, String(data.get("reason")), String(data.get("detail") ?? ""), key.current);
    close();
  });
  return (
    <Sheet title={reporting.title} onClose={close} testId="report">
      <form class="stack" onSubmit={form.onSubmit}>
        <p class="muted">{reporting.intro}</p>
        <FormProblem form={form} />
        <fieldset class={styles.radios}>
          <legend class="visually-hidden">{reporting.title}</legend>
          {Object.entries(reporting.reasons).map(([code, text]) => (
            <label key={code}><input type="radio" name="reason" value={code} required checked={chosen.value === code} onChange={() => { chosen.value = code; key.current = newId(); }} /><span>{text}</span></label>
          ))}
        </fieldset>
        <TextArea label={reporting.detail} name="detail" form={form} maxLength={1000} rows={2} optional onInput={() => (key.current = newId())} />
        <Button kind="danger" type="submit" wide busy={form.busy} disabled={!chosen.value}>{reporting.send}</Button>
      </form>
    </Sheet>
  );
}

export function Block({ entry, close }: SheetProps) {
  const { creator } = entry.video.peek();
  const busy = useSignal(false);
  const act = async () => {
    busy.value = true;
    try {
      await block(creator);
      close();
    } catch (thrown) {
      busy.value = false;
      toastProblem(asProblem(thrown));
    }
  };
  return (
    <Sheet title={options.blockTitle(creator.username)} onClose={close}>
      <div class="stack">
        <p>{options.blockDetail}</p>
        <div class={styles.actions}>
          <Button kind="danger" icon="block" busy={busy.value} onClick={act}>{options.block(creator.username)}</Button>
          <Button onClick={close}>{common.cancel}</Button>
        </div>
      </div>
    </Sheet>
  );
}

export function Keys({ close }: { readonly close: () => void }) {
  return (
    <Sheet title={keys.title} onClose={close} testId="keys">
      <dl class={styles.keys}>
        {keys.rows.map(([names, text]) => (
          <div key={text}><dt>{names.map((name) => <kbd key={name}>{name}</kbd>)}</dt><dd>{text}</dd></div>
        ))}
      </dl>
    </Sheet>
  );
}
