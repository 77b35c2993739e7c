/** One video of a feed, with everything that can be done with it. */
import { useSignal, type Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Video } from "../../api/types.gen";
import { Avatar } from "../../kit/avatar";
import { IconButton } from "../../kit/button";
import { Icon, type IconName } from "../../kit/icon";
import { formatCount, formatDuration } from "../../i18n";
import { report } from "../../playback/events";
import { isBlocked, muted, setMuted } from "../../playback/sound";
import { me } from "../../session/session";
import { feed as words } from "../../strings/feed";
import { follow, like, toggleLike, toggleSave } from "./actions";
import { RichText } from "./rich-text";
import type { Stage } from "./stage";
import type { Entry } from "./store";
import styles from "./feed.module.css";
import { fitOf } from "./view";

/** What is open over a feed, and for which video. */
export interface Panel {
  readonly name: "comments" | "share" | "more" | "why" | "report" | "block" | "keys";
  readonly entry: Entry | null;
}

interface ArticleProps {
  readonly entry: Entry;
  readonly at: number;
  readonly current: boolean;
  readonly stage: Stage;
  readonly panel: Signal<Panel | null>;
}

export function Article({ entry, at, current, stage, panel }: ArticleProps) {
  const video = entry.video.value;
  return (
    <article
      class={`${styles.article} on-video`} style={{ "--at": at }} data-at={at} data-id={video.id}
      aria-posinset={at + 1} aria-setsize={-1} aria-current={current} tabIndex={-1} inert={!current}
      aria-label={words.videoBy(nameOf(video))}
    >
      <Backdrop entry={entry} current={current} />
      <div class={styles.box}>
        {current && <Surface entry={entry} stage={stage} />}
        <Caption entry={entry} />
        {current && <Progress stage={stage} durationMs={video.duration_ms ?? 0} />}
      </div>
      <Rail entry={entry} panel={panel} />
    </article>
  );
}

const nameOf = ({ creator }: Video) => creator.display_name || creator.username;

/** The poster, until the video is there; around a wide one, its colours. */
function Backdrop({ entry, current }: { readonly entry: Entry; readonly current: boolean }) {
  const { playback } = entry.video.peek();
  if (!playback) return <div class={styles.poster}><p>{words.processing}</p></div>;
  return (
    <div class={styles.poster} style={{ backgroundImage: `url("${playback.placeholder}")` }}>
      <img src={playback.poster_url} alt="" decoding="async" fetchpriority={current ? "high" : "low"} data-fit={fitOf(entry)} />
    </div>
  );
}

const DOUBLE_MS = 260;

/** Takes taps: one pauses, two like, where the finger is. */
function Surface({ entry, stage }: { readonly entry: Entry; readonly stage: Stage }) {
  const hearts = useSignal<readonly { id: number; x: number; y: number }[]>([]);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const paused = stage.paused.value;
  const burst = (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const heart = { id: Date.now(), x: event.clientX - box.left, y: event.clientY - box.top };
    hearts.value = [...hearts.value, heart];
    setTimeout(() => (hearts.value = hearts.value.filter((each) => each !== heart)), 900);
    like(entry);
  };
  const tap = (event: MouseEvent) => {
    clearTimeout(waiting.current);
    if (event.detail === 0) return stage.toggle(); // by keyboard
    if (event.detail > 1) return burst(event);
    waiting.current = setTimeout(() => stage.toggle(), DOUBLE_MS);
  };
  return (
    <>
      <button type="button" class={styles.surface} aria-label={paused ? words.play : words.pause} onClick={tap}>
        {paused && <span class={styles.big}><Icon name="play" size={44} filled /></span>}
        {stage.stalled.value && !paused && <span class={styles.stalled} />}
        {hearts.value.map(({ id, x, y }) => <span key={id} class={styles.heart} style={{ left: `${x}px`, top: `${y}px` }}><Icon name="heart" size={96} filled /></span>)}
      </button>
      {isBlocked.value && (
        <button type="button" class={styles.unmute} onClick={() => setMuted(false)}>
          <Icon name="muted" size={20} />{words.tapForSound}
        </button>
      )}
    </>
  );
}

function Caption({ entry }: { readonly entry: Entry }) {
  const video = entry.video.value;
  const open = useSignal(false);
  const reason = entry.reasons[0];
  const isLong = video.description.length > 90;
  return (
    <div class={styles.caption}>
      {reason && <p class={styles.reason}>{reason.text}</p>}
      <p class={styles.by}>
        <a href={`/@${video.creator.username}`} onClick={() => report("profile_click", entry.token)}>@{video.creator.username}</a>
        {video.labels.includes("ai_generated") && <span class={styles.label}>{words.aiGenerated}</span>}
        {video.labels.includes("branded") && <span class={styles.label}>{words.branded}</span>}
      </p>
      {video.description && (
        <p class={styles.description} data-open={open.value || !isLong}>
          <RichText text={video.description} hashtags={video.hashtags} mentions={video.mentions} />
        </p>
      )}
      {isLong && <button type="button" class={styles.expand} aria-expanded={open.value} onClick={() => (open.value = !open.value)}>{open.value ? words.readLess : words.readMore}</button>}
      {video.sound && <a class={styles.sound} href={`/sound/${video.sound.id}`}><Icon name="music" size={16} /><span>{video.sound.title}</span></a>}
    </div>
  );
}

function Progress({ stage, durationMs }: { readonly stage: Stage; readonly durationMs: number }) {
  const seconds = durationMs / 1000;
  const position = Math.min(stage.position.value, seconds);
  const seek = (event: Event) => stage.seek(Number((event.currentTarget as HTMLInputElement).value));
  return (
    <div class={styles.progress} style={{ "--share": seconds > 0 ? position / seconds : 0 }}>
      <input
        type="range" min={0} max={seconds} step={0.1} value={position} aria-label={words.seek}
        aria-valuetext={words.positionOf(formatDuration(position * 1000), formatDuration(durationMs))} onInput={seek}
      />
    </div>
  );
}

function Rail({ entry, panel }: { readonly entry: Entry; readonly panel: Signal<Panel | null> }) {
  const video = entry.video.value;
  const { creator, stats, viewer } = video;
  const canFollow = !viewer?.following_creator && me.value?.id !== creator.id;
  const open = (name: Panel["name"]) => () => (panel.value = { name, entry });
  return (
    <div class={styles.rail}>
      <div class={styles.creator}>
        <a href={`/@${creator.username}`} aria-label={nameOf(video)} onClick={() => report("profile_click", entry.token)}><Avatar person={creator} size={48} /></a>
        {canFollow && <button type="button" class={styles.follow} aria-label={words.follow(nameOf(video))} onClick={() => follow(creator)}><Icon name="plus" size={16} /></button>}
      </div>
      <Action icon="heart" label={words.counted(words.like, stats.likes)} text={formatCount(stats.likes)} on={viewer?.liked} kind={styles.liked} testId="like" onClick={() => toggleLike(entry)} />
      <Action icon="comment" label={words.comments(stats.comments)} text={formatCount(stats.comments)} testId="comments" onClick={open("comments")} />
      <Action icon="bookmark" label={words.counted(words.save, stats.saves)} text={formatCount(stats.saves)} on={viewer?.saved} kind={styles.saved} testId="save" onClick={() => toggleSave(entry)} />
      <Action icon="share" label={words.counted(words.share, stats.shares)} text={formatCount(stats.shares)} testId="share" onClick={open("share")} />
      <IconButton class={styles.round} icon={muted.value ? "muted" : "volume"} label={muted.value ? words.unmute : words.mute} onClick={() => setMuted(!muted.peek())} />
      <IconButton class={styles.round} icon="more" label={words.more} onClick={open("more")} />
    </div>
  );
}

interface ActionProps {
  readonly icon: IconName;
  readonly label: string;
  readonly text: string;
  readonly on?: boolean | undefined;
  readonly kind?: string | undefined;
  readonly testId: string;
  readonly onClick: () => void;
}

function Action({ icon, label, text, on, kind = "", testId, onClick }: ActionProps) {
  return (
    <button type="button" class={`${styles.action} ${on ? kind : ""}`} aria-label={label} aria-pressed={on} data-testid={testId} onClick={onClick}>
      <span class={styles.disc}><Icon name={icon} size={28} filled /></span>
      <span class="tabular">{text}</span>
    </button>
  );
}
