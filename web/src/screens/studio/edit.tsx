/** Changing what is said of a video, who may see it, its cover; deleting it. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { patch, post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Video, VideoChanges } from "../../api/types.gen";
import { goBack, navigate } from "../../app/router";
import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";
import { Button, IconButton } from "../../kit/button";
import { Slider } from "../../kit/choice";
import { FormProblem, useForm } from "../../kit/field";
import { useResource, type Resource } from "../../kit/resource";
import { FailedWith, Skeleton } from "../../kit/states";
import { toast, toastProblem } from "../../kit/toast";
import { words } from "../../strings/common";
import { studio } from "../../strings/studio";
import { readSaid, SaidFields } from "../upload/said";
import { ConfirmDelete } from "./parts";
import styles from "./studio.module.css";

const { edit: strings } = studio;

export default function Edit({ params }: ScreenProps) {
  useTitle(strings.title);
  const found = useResource<Video>(`/videos/${params.id}`);
  const video = found.value.value;
  return (
    <div class="page">
      <header class={styles.oneHead}>
        <IconButton icon="left" label={words.back} onClick={() => goBack("/studio/videos")} />
        <h1 tabIndex={-1}>{strings.title}</h1>
      </header>
      {video ? <Form key={found.etag.value} video={video} found={found} /> : found.problem.value ? <FailedWith problem={found.problem.value} retry={found.reload} /> : <Skeleton height="30rem" />}
    </div>
  );
}

function Form({ video, found }: { readonly video: Video; readonly found: Resource<Video> }) {
  const cover = useSignal<number | null>(null);
  const form = useForm(async (data) => {
    const changes: VideoChanges = { ...readSaid(data), ...(cover.peek() !== null && { cover_ms: cover.peek() }) };
    await patch<Video>(`/videos/${video.id}`, changes, { etag: found.etag.peek() });
    toast(cover.peek() === null ? strings.saved : `${strings.saved} ${strings.coverSoon}`);
    await found.reload();
  });
  const isStale = form.problem?.status === 412;
  return (
    <div class={styles.editing}>
      <Cover video={video} cover={cover.value} onChange={(ms) => (cover.value = ms)} />
      <div class="stack">
        <form class="stack" onSubmit={form.onSubmit}>
          <SaidFields form={form} video={video} />
          {isStale
            ? <p class={styles.stale} role="alert">{strings.changed} <Button onClick={found.reload}>{strings.reload}</Button></p>
            : <FormProblem form={form} />}
          <div class="row">
            <Button kind="primary" type="submit" busy={form.busy}>{strings.save}</Button>
            {video.status === "ready" && <Publish id={video.id} found={found} />}
          </div>
        </form>
        <Remove id={video.id} />
      </div>
    </div>
  );
}

interface CoverProps {
  readonly video: Video;
  readonly cover: number | null;
  readonly onChange: (ms: number) => void;
}

function Cover({ video, cover, onChange }: CoverProps) {
  const player = useRef<HTMLVideoElement>(null);
  const { playback } = video;
  if (!playback) return <div class={styles.cover} />;
  const choose = (ms: number) => {
    onChange(ms);
    player.current!.currentTime = ms / 1000;
  };
  return (
    <div class="stack">
      <div class={styles.cover} style={{ "--ratio": playback.width / playback.height }}>
        <video ref={player} src={playback.mp4_url} poster={playback.poster_url} preload="metadata" muted playsInline aria-label={strings.cover} />
      </div>
      <Slider label={strings.cover} value={cover ?? 0} min={0} max={Math.max(0, playback.duration_ms - 50)} step={10} shown={cover === null ? " " : strings.coverAt(cover)} onInput={choose} />
    </div>
  );
}

function Publish({ id, found }: { readonly id: string; readonly found: Resource<Video> }) {
  const publish = async () => {
    try {
      await post(`/videos/${id}/publish`);
      toast(studio.published);
      await found.reload();
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    }
  };
  return <Button icon="send" onClick={publish}>{studio.actions.publish}</Button>;
}

function Remove({ id }: { readonly id: string }) {
  const asked = useSignal(false);
  return (
    <div class={styles.remove}>
      <Button kind="quiet" icon="trash" onClick={() => (asked.value = true)}>{strings.remove}</Button>
      {asked.value && <ConfirmDelete id={id} onClose={() => (asked.value = false)} onChange={() => navigate("/studio/videos", { replace: true })} />}
    </div>
  );
}
