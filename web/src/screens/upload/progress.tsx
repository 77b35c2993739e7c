/** A video on its way: being sent, waiting for its turn, being made, published, or why not. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Processing, Video } from "../../api/types.gen";
import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";
import { formatBytes } from "../../i18n";
import { Button } from "../../kit/button";
import { Icon } from "../../kit/icon";
import { useResource, type Resource } from "../../kit/resource";
import { FailedWith, Skeleton } from "../../kit/states";
import { toast, toastProblem } from "../../kit/toast";
import { upload } from "../../strings/upload";
import { FileButton } from "./pick";
import { announcementOf, send, sendingOf, type Sending } from "./sending";
import { Stages } from "./stages";
import styles from "./upload.module.css";

const { progress } = upload;
const EVERY_MS = 1_000;
const UNDER_WAY = new Set(["awaiting_upload", "uploaded", "processing"]);
const BROKEN = new Set(["failed", "rejected", "expired"]);

export default function Progress({ params }: ScreenProps) {
  useTitle(progress.title);
  const id = params.id!;
  const found = useResource<Processing>(`/videos/${id}/processing`);
  const report = found.value.value;
  const isUnderWay = !report || UNDER_WAY.has(report.status);
  useEffect(() => {
    if (!isUnderWay) return;
    const timer = setInterval(() => document.hidden || void found.reload(), EVERY_MS);
    return () => clearInterval(timer);
  }, [found, isUnderWay]);
  if (!report && found.problem.value) return <div class="page narrow"><FailedWith problem={found.problem.value} retry={found.reload} /></div>;
  return (
    <div class={`page ${styles.progress}`}>
      <Watch id={id} report={report} />
      <section class={styles.way}>
        {report ? <Head id={id} report={report} found={found} /> : <Skeleton height="7.5rem" />}
        {report ? <Stages stages={report.stages} /> : <Skeleton height="21rem" />}
        {report && <Notes report={report} />}
      </section>
    </div>
  );
}

/** The result as far as there is one. */
function Watch({ id, report }: { readonly id: string; readonly report: Processing | null }) {
  const isMade = report?.status === "published" || report?.status === "ready";
  const made = useResource<Video>(isMade ? `/videos/${id}` : null).value.value?.playback;
  const shown = made ?? report?.preview;
  return (
    <div class={styles.watch}>
      {shown
        ? <video key={shown.mp4_url} src={shown.mp4_url} poster={made?.poster_url} controls playsInline loop muted preload="metadata" aria-label={progress.preview} />
        : <p class="muted"><Icon name="image" size={34} />{progress.previewSoon}</p>}
    </div>
  );
}

interface HeadProps {
  readonly id: string;
  readonly report: Processing;
  readonly found: Resource<Processing>;
}

function Head(props: HeadProps) {
  const { id, report } = props;
  const sending = sendingOf(id)?.value;
  if (BROKEN.has(report.status)) return <Broken {...props} />;
  if (report.status === "awaiting_upload" && sending?.state !== "sent") return sending ? <UnderWay id={id} sending={sending} found={props.found} /> : <Interrupted {...props} />;
  if (report.status === "published") return <Published id={id} title={progress.published} detail={progress.publishedDetail} />;
  if (report.status === "ready") return <Ready {...props} />;
  if (!UNDER_WAY.has(report.status)) return <Title title={progress.gone} />;
  const detail = report.queue_position ? progress.queued(report.queue_position) : progress.processingHint;
  return (
    <>
      <Title title={progress.processing} detail={detail} attempt={report.attempt} />
      <Bar percent={report.percent} />
    </>
  );
}

function Title({ title, detail, attempt = 1 }: { readonly title: string; readonly detail?: string; readonly attempt?: number }) {
  return (
    <header class={styles.title}>
      <h1 tabIndex={-1} aria-live="polite">{title}</h1>
      <p class="muted">{detail ?? " "}{attempt > 1 && ` · ${progress.attempt(attempt)}`}</p>
    </header>
  );
}

function Bar({ percent, shown = `${percent} %` }: { readonly percent: number; readonly shown?: string }) {
  return (
    <div class={styles.bar}>
      <progress max={100} value={percent} aria-label={progress.title} aria-valuetext={progress.announced(percent)} />
      <span class="tabular muted">{shown}</span>
    </div>
  );
}

function UnderWay({ id, sending, found }: { readonly id: string; readonly sending: Sending; readonly found: Resource<Processing> }) {
  const { state, sent, total, problem } = sending;
  if (state === "failed") {
    return (
      <>
        <Title title={progress.failedSending} detail={problem?.detail || problem?.title || ""} />
        <Again id={id} found={found} />
      </>
    );
  }
  return (
    <>
      <Title title={progress.sending} detail={state === "waiting" ? progress.waitingLine : progress.sendingHint} />
      <Bar percent={Math.floor((sent / total) * 100)} shown={progress.sent(formatBytes(sent), formatBytes(total))} />
    </>
  );
}

/** After a reload: the file is needed once more, what has arrived of it is not. */
function Interrupted({ id, found }: HeadProps) {
  return (
    <>
      <Title title={progress.resumeTitle} detail={progress.resumeDetail(announcementOf(id)?.name ?? "")} />
      <Again id={id} found={found} />
    </>
  );
}

function Again({ id, found }: Pick<HeadProps, "id" | "found">) {
  const wrong = useSignal("");
  const take = ([file]: readonly File[]) => {
    const known = announcementOf(id);
    const isOther = known && (known.size !== file!.size || known.name !== file!.name);
    wrong.value = isOther ? progress.otherFile(known.name, formatBytes(known.size)) : "";
    if (isOther) return;
    send(id, file!);
    void found.reload();
  };
  return (
    <div class="stack">
      <div><FileButton label={progress.resume} onFiles={take} /></div>
      <div role="alert">{wrong.value && <p class={styles.wrong}>{wrong.value}</p>}</div>
    </div>
  );
}

function Published({ id, title, detail }: { readonly id: string; readonly title: string; readonly detail: string }) {
  return (
    <>
      <Title title={title} detail={detail} />
      <div class="row">
        <Button kind="primary" icon="play" href={`/v/${id}`}>{progress.watch}</Button>
        <Button icon="chart" href={`/studio/videos/${id}`}>{progress.statistics}</Button>
        <Button kind="quiet" icon="plus" href="/upload">{progress.again}</Button>
      </div>
    </>
  );
}

function Ready({ id, found }: HeadProps) {
  const busy = useSignal(false);
  const publish = async () => {
    busy.value = true;
    try {
      await post(`/videos/${id}/publish`);
      await found.reload();
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      <Title title={progress.ready} detail={progress.readyDetail} />
      <div class="row">
        <Button kind="primary" busy={busy.value} onClick={publish}>{progress.publishNow}</Button>
        <Button icon="edit" href={`/studio/videos/${id}/edit`}>{progress.edit}</Button>
      </div>
    </>
  );
}

function Broken({ id, report, found }: HeadProps) {
  const busy = useSignal(false);
  const retry = async () => {
    busy.value = true;
    try {
      await post(`/videos/${id}/processing/retry`);
      toast(progress.retrying);
      await found.reload();
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    } finally {
      busy.value = false;
    }
  };
  const { error, status } = report;
  return (
    <>
      <Title title={error?.title ?? progress.expired} detail={error?.hint} attempt={report.attempt} />
      {error && <p><code class={styles.code}>{error.code}</code></p>}
      <div class="row">
        {status === "failed" && <Button kind="primary" icon="refresh" busy={busy.value} onClick={retry}>{progress.retry}</Button>}
        <Button icon="plus" href="/upload">{progress.again}</Button>
      </div>
    </>
  );
}

function Notes({ report }: { readonly report: Processing }) {
  const { duplicates, sound_match: sound } = report;
  return (
    <div class={styles.notes}>
      {duplicates.map(({ video_id: other }, at) => (
        <p key={at}><Icon name="info" size={20} /><span>{other ? <a href={`/v/${other}`}>{progress.duplicate}</a> : progress.duplicate}</span></p>
      ))}
      {sound && <p><Icon name="music" size={20} /><span><a href={`/sound/${sound.sound.id}`}>{progress.soundMatch(sound.sound.title, sound.score)}</a></span></p>}
    </div>
  );
}
