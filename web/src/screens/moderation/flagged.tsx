/** Videos with an open case, as pictures. */
import { useSignal } from "@preact/signals";
import type { FlaggedVideo, ShownCase } from "../../api/types.gen";
import { InfiniteList, usePages } from "../../kit/list";
import { Empty } from "../../kit/states";
import { formatDuration } from "../../i18n";
import { moderation, queue as words } from "../../strings/moderation";
import { Case } from "./case";
import { claim, reasonsOf } from "./queue";
import styles from "./moderation.module.css";

export function Flagged() {
  const pages = usePages<FlaggedVideo>("/admin/videos/flagged");
  const open = useSignal<ShownCase | null>(null);
  if (open.value) {
    const close = () => {
      open.value = null;
      void pages.reload();
    };
    return <Case key={open.value.id} found={open.value} close={close} />;
  }
  const take = async (id: string) => {
    const taken = await claim(id);
    if (taken) open.value = taken;
  };
  return (
    <InfiniteList label={moderation.sections.flagged} pages={pages} keyOf={({ video }) => video.id} layout="grid" empty={<Empty icon="check" title={words.noFlagged} detail={words.emptyDetail} />}>
      {({ video, case: found }) => (
        <button type="button" class={styles.flagged} onClick={() => void take(found.id)}>
          <span class="visually-hidden">{words.claim}: </span>
          {video.playback && <img src={video.playback.poster_url} alt="" loading="lazy" />}
          <span class={styles.flaggedTop}>{words.severity(found.severity)}{found.held && ` · ${words.held}`}</span>
          <span class={styles.flaggedFoot}><b>@{video.creator.username}</b><span>{reasonsOf(found)} · {formatDuration(video.duration_ms ?? 0)}</span></span>
        </button>
      )}
    </InfiniteList>
  );
}
