/** Hashtags and sounds in lists. */
import type { ComponentChildren } from "preact";
import type { Hashtag, Sound } from "../../api/types.gen";
import { Icon, type IconName } from "../../kit/icon";
import { formatDuration } from "../../i18n";
import { search as words } from "../../strings/search";
import styles from "./search.module.css";

interface RowProps {
  readonly href: string;
  readonly icon: IconName;
  readonly title: string;
  readonly detail: string;
  readonly children?: ComponentChildren;
}

function Row({ href, icon, title, detail, children }: RowProps) {
  return (
    <a class={styles.row} href={href}>
      <span class={styles.rowIcon}><Icon name={icon} size={22} /></span>
      <span><b>{title}</b><span class="muted">{detail}</span></span>
      {children}
    </a>
  );
}

/** How a thing has moved since the window before. */
export function Change({ change }: { readonly change: number | null }) {
  if (change === 0) return null;
  const said = change === null ? words.fresh : change > 0 ? words.rose(change) : words.fell(-change);
  return <span class={change !== null && change < 0 ? styles.fell : styles.rose}>{said}</span>;
}

export function HashtagRow({ hashtag, children }: { readonly hashtag: Hashtag; readonly children?: ComponentChildren }) {
  const detail = `${words.videos(hashtag.video_count)} · ${words.views(hashtag.view_count)}`;
  return <Row href={`/tag/${encodeURIComponent(hashtag.tag)}`} icon="hash" title={`#${hashtag.tag}`} detail={detail}>{children}</Row>;
}

export function SoundRow({ sound, children }: { readonly sound: Sound; readonly children?: ComponentChildren }) {
  const by = sound.creator ? `@${sound.creator.username} · ` : "";
  return <Row href={`/sound/${sound.id}`} icon="music" title={sound.title} detail={`${by}${formatDuration(sound.duration_ms)} · ${words.videos(sound.video_count)}`}>{children}</Row>;
}
