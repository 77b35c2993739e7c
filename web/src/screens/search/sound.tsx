/** A sound: hearing it, using it, and the videos it is under. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Sound as Found, Video } from "../../api/types.gen";
import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";
import { Button, IconButton } from "../../kit/button";
import { InfiniteList, usePages } from "../../kit/list";
import { useResource } from "../../kit/resource";
import { Empty, FailedWith, Skeleton } from "../../kit/states";
import { VideoTile } from "../../kit/tile";
import { toast } from "../../kit/toast";
import { formatDuration } from "../../i18n";
import { places, search as words } from "../../strings/search";
import styles from "./search.module.css";

export default function Sound({ params }: ScreenProps) {
  const found = useResource<Found>(`/sounds/${params.id}`);
  const pages = usePages<Video>(`/sounds/${params.id}/videos`);
  const sound = found.value.value;
  useTitle(sound?.title ?? places.sound);
  if (found.problem.value && !sound) return <div class="page"><FailedWith problem={found.problem.value} retry={() => void found.reload()} /></div>;
  return (
    <div class="page">
      <header class={styles.placeHead}>
        {sound ? <Listen sound={sound} /> : <Skeleton width="76px" height="76px" round />}
        <div>
          <h1 tabIndex={-1}>{sound ? sound.title : <><Skeleton width="12rem" /><span class="visually-hidden">{places.sound}</span></>}</h1>
          <p class="muted">{sound ? <>{sound.creator && <><a href={`/@${sound.creator.username}`}>@{sound.creator.username}</a> · </>}{formatDuration(sound.duration_ms)} · {words.videos(sound.video_count)}</> : <Skeleton width="10rem" />}</p>
        </div>
        {sound && <Button kind="primary" icon="plus" href={`/upload?sound=${sound.id}`}>{places.use}</Button>}
      </header>
      <InfiniteList label={sound?.title ?? places.sound} pages={pages} keyOf={({ id }) => id} layout="grid" empty={<Empty icon="music" title={places.soundEmpty} />}>
        {(video) => <VideoTile video={video} />}
      </InfiniteList>
    </div>
  );
}

function Listen({ sound }: { readonly sound: Found }) {
  const audio = useRef<HTMLAudioElement>(null);
  const plays = useSignal(false);
  const toggle = () => (audio.current!.paused ? audio.current!.play().catch(() => toast(places.silent)) : audio.current!.pause());
  return (
    <div>
      <IconButton class={styles.placeIcon ?? ""} icon={plays.value ? "pause" : "play"} size={34} filled label={plays.value ? places.pause : places.listen} onClick={toggle} />
      <audio ref={audio} src={sound.audio_url} preload="none" onPlay={() => (plays.value = true)} onPause={() => (plays.value = false)} />
    </div>
  );
}
