/** Videos with an open case, as pictures. */
import type { FlaggedVideo } from "../../api/types.gen";
import { InfiniteList, usePages } from "../../kit/list";
import { Empty } from "../../kit/states";
import { formatDuration } from "../../i18n";
import { moderation, queue as words } from "../../strings/moderation";
import { claim, reasonsOf, useOpenCase } from "./queue";
import styles from "./moderation.module.css";

export function Flagged() {
  const pages = usePages<FlaggedVideo>("/admin/videos/flagged");
  const { opened, show } = useOpenCase(pages);
  if (opened) return opened;
  const take = async (id: string) => {
    const taken = await claim(id);
    if (taken) show(taken);
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
