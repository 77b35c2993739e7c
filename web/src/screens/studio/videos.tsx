/** All of one's own videos, of every state, with what can be done about each. */
import { useSignal } from "@preact/signals";
import { post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Video, VideoStats } from "../../api/types.gen";
import { here, navigate, setQuery } from "../../app/router";
import { useTitle } from "../../app/title";
import { formatAgo, formatCount } from "../../i18n";
import { Button } from "../../kit/button";
import { Choice } from "../../kit/choice";
import { Icon, type IconName } from "../../kit/icon";
import { InfiniteList, usePages, type Pages } from "../../kit/list";
import { Menu, type MenuItem } from "../../kit/menu";
import { Empty, Skeleton } from "../../kit/states";
import { toast, toastProblem } from "../../kit/toast";
import { studio } from "../../strings/studio";
import { ConfirmDelete, nameOf, Poster, restore, StudioHead } from "./parts";
import styles from "./studio.module.css";

const STATES = Object.entries(studio.states).map(([value, label]) => ({ value, label }));
const UNDER_WAY = new Set(["awaiting_upload", "uploaded", "processing"]);
const TONES: Readonly<Record<string, string | undefined>> = { published: styles.good, failed: styles.bad, rejected: styles.bad, expired: styles.bad, removed: styles.bad };
const STATS: readonly (readonly [keyof VideoStats, IconName])[] = [["views", "play"], ["likes", "heart"], ["comments", "comment"], ["shares", "share"], ["saves", "bookmark"]];

export default function Videos() {
  useTitle(studio.videos);
  const status = here.value.query.get("status") ?? "";
  const pages = usePages<Video>("/videos/mine", { status });
  const deleting = useSignal<Video | null>(null);
  const empty = status
    ? <Empty icon="search" title={studio.noneOfThese} detail={studio.noneOfTheseDetail} />
    : <Empty icon="upload" title={studio.noVideos} detail={studio.noVideosDetail}><Button kind="primary" href="/upload">{studio.uploadFirst}</Button></Empty>;
  const skeleton = <Skeleton height="92px" />;
  return (
    <div class="page wide">
      <StudioHead><Button kind="primary" icon="plus" href="/upload">{studio.upload}</Button></StudioHead>
      <Choice label={studio.filter} hideLabel options={STATES} value={status} onChange={(value) => setQuery({ status: value || null })} />
      <InfiniteList label={studio.videos} pages={pages} keyOf={(video) => video.id} empty={empty} skeleton={skeleton}>
        {(video) => <Row video={video} pages={pages} onDelete={() => (deleting.value = video)} />}
      </InfiniteList>
      {deleting.value && <ConfirmDelete id={deleting.value.id} onClose={() => (deleting.value = null)} onChange={() => void pages.reload()} />}
    </div>
  );
}

interface RowProps {
  readonly video: Video;
  readonly pages: Pages<Video>;
  readonly onDelete: () => void;
}

function Row({ video, pages, onDelete }: RowProps) {
  const { status, stats } = video;
  return (
    <article class={styles.row}>
      <a class={styles.rowLink} href={addressOf(video)}>
        <Poster video={video} />
        <span class={styles.rowWords}>
          <span class={styles.name}>{nameOf(video)}</span>
          <span class={styles.tags}>
            <span class={`${styles.badge} ${TONES[status] ?? ""}`}>{studio.status[status] ?? status}</span>
            {status === "published" && <span class="muted">{studio.visibility[video.visibility]}</span>}
            <span class="muted">{formatAgo(video.published_at ?? video.created_at)}</span>
          </span>
          {status === "published" && (
            <span class={styles.stats}>
              {STATS.map(([name, icon]) => <span key={name}><Icon name={icon} size={16} /><b class="tabular">{formatCount(stats[name])}</b><span class="visually-hidden">{studio.metrics[name]}</span></span>)}
            </span>
          )}
        </span>
      </a>
      <Menu label={studio.actions.menu(nameOf(video))} items={actionsOf(video, pages, onDelete)} />
    </article>
  );
}

function addressOf({ id, status }: Video): string {
  if (status === "published") return `/studio/videos/${id}`;
  return status === "deleted" || status === "removed" ? "/studio/videos?status=deleted" : `/upload/${id}`;
}

function actionsOf(video: Video, pages: Pages<Video>, onDelete: () => void): readonly MenuItem[] {
  const { id, status } = video;
  const { actions } = studio;
  const edit: MenuItem = { label: actions.edit, icon: "edit", run: () => navigate(`/studio/videos/${id}/edit`) };
  const remove: MenuItem = { label: actions.remove, icon: "trash", danger: true, run: onDelete };
  if (status === "deleted") return [{ label: actions.restore, icon: "refresh", run: () => void restore(id).then((isBack) => isBack && void pages.reload()) }];
  if (status === "published") {
    return [
      { label: actions.statistics, icon: "chart", run: () => navigate(`/studio/videos/${id}`) },
      { label: actions.watch, icon: "play", run: () => navigate(`/v/${id}`) },
      edit, remove,
    ];
  }
  if (status === "ready") return [{ label: actions.publish, icon: "send", run: () => void publish(id, pages) }, edit, remove];
  if (UNDER_WAY.has(status) || status === "failed") return [{ label: actions.progress, icon: "clock", run: () => navigate(`/upload/${id}`) }, edit, remove];
  return status === "removed" ? [{ label: actions.progress, icon: "info", run: () => navigate(`/upload/${id}`) }] : [remove];
}

/** Publishes a draft and shows it as such. */
async function publish(id: string, pages: Pages<Video>): Promise<void> {
  try {
    const published = await post<Video>(`/videos/${id}/publish`);
    pages.items.value = pages.items.peek().map((each) => (each.id === id ? published : each));
    toast(studio.published);
  } catch (thrown) {
    toastProblem(asProblem(thrown));
  }
}
