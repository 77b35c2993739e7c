/** A video in a grid: its poster, how often it was watched, linked to where it plays. */
import type { ComponentChildren } from "preact";
import type { Video } from "../api/types.gen";
import { formatCount } from "../i18n";
import { tiles } from "../strings/people-kit";
import { Icon } from "./icon";
import styles from "./kit.module.css";

interface Props {
  readonly video: Video;
  /** Where it leads; the video's own page unless said otherwise. */
  readonly href?: string;
  /** A badge in the corner, as for a draft. */
  readonly children?: ComponentChildren;
}

export function VideoTile({ video, href = `/v/${video.id}`, children }: Props) {
  const name = video.description || tiles.untitled(video.creator.username);
  return (
    <a class={styles.tile} href={href} aria-label={`${name}, ${tiles.views(video.stats.views)}`}>
      {video.playback
        ? <img src={video.playback.poster_url} alt="" loading="lazy" decoding="async" style={{ backgroundImage: `url("${video.playback.placeholder}")` }} />
        : <span class={styles.tileBlank}><Icon name="clock" size={28} /></span>}
      <span class={styles.tileViews} aria-hidden="true"><Icon name="play" size={14} filled />{formatCount(video.stats.views)}</span>
      {children && <span class={styles.tileBadge}>{children}</span>}
    </a>
  );
}
