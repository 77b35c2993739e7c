/** What one has watched: pausing it, and taking things out. */
import { useSignal } from "@preact/signals";
import { del } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Watched } from "../../api/types.gen";
import { Button, IconButton } from "../../kit/button";
import { Toggle } from "../../kit/field";
import { Icon } from "../../kit/icon";
import { InfiniteList, usePages, type Pages } from "../../kit/list";
import { Empty, Skeleton } from "../../kit/states";
import { toast, toastProblem } from "../../kit/toast";
import { formatAgo } from "../../i18n";
import { tiles } from "../../strings/people-kit";
import { watching as words } from "../../strings/settings";
import { useOwn } from "../people/own";
import { Confirm } from "./confirm";
import styles from "./settings.module.css";

export function History() {
  const pages = usePages<Watched>("/users/me/history");
  const asks = useSignal(false);
  const clear = async () => {
    await del("/users/me/history");
    await pages.reload();
    toast(words.cleared);
  };
  return (
    <div class="stack">
      <Pause />
      {pages.items.value.length > 0 && <div class="row"><Button icon="trash" onClick={() => (asks.value = true)}>{words.clear}</Button></div>}
      <InfiniteList label={words.label} pages={pages} keyOf={({ id }) => id} skeleton={<Skeleton height="96px" />} empty={<Empty icon="clock" title={words.empty} detail={words.emptyDetail} />}>
        {(video) => <Row video={video} pages={pages} />}
      </InfiniteList>
      {asks.value && <Confirm title={words.clearTitle} detail={words.clearDetail} action={words.clear} act={clear} close={() => (asks.value = false)} />}
    </div>
  );
}

function Pause() {
  const { resource, save } = useOwn();
  const person = resource.value.value;
  const set = async (event: Event) => {
    const box = event.currentTarget as HTMLInputElement;
    try {
      await save({ history_paused: box.checked });
    } catch (thrown) {
      box.checked = !box.checked;
      toastProblem(asProblem(thrown));
    }
  };
  return <Toggle label={words.pause} hint={words.pauseHint} checked={person?.history_paused ?? false} disabled={!person} onChange={set} />;
}

function Row({ video, pages }: { readonly video: Watched; readonly pages: Pages<Watched> }) {
  const name = video.description || tiles.untitled(video.creator.username);
  const remove = async () => {
    const before = pages.items.peek();
    pages.items.value = before.filter(({ id }) => id !== video.id);
    try {
      await del(`/users/me/history/${video.id}`);
      toast(words.removed);
    } catch (thrown) {
      pages.items.value = before;
      toastProblem(asProblem(thrown));
    }
  };
  return (
    <div class={styles.watched}>
      <a href={`/v/${video.id}`}>
        {video.playback ? <img src={video.playback.poster_url} alt="" width="54" height="96" loading="lazy" /> : <span class={styles.blank}><Icon name="clock" /></span>}
        <span><b>{name}</b><span class="muted">@{video.creator.username} · {formatAgo(video.watched_at)}</span></span>
      </a>
      <IconButton icon="close" label={words.removeNamed(name)} onClick={remove} />
    </div>
  );
}
