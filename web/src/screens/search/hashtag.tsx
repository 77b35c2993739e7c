/** A hashtag and the videos it is on. */
import type { Hashtag as Found, Video } from "../../api/types.gen";
import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";
import { Icon } from "../../kit/icon";
import { InfiniteList, usePages } from "../../kit/list";
import { useResource } from "../../kit/resource";
import { Empty, Skeleton } from "../../kit/states";
import { VideoTile } from "../../kit/tile";
import { places, search as words } from "../../strings/search";
import styles from "./search.module.css";

export default function Hashtag({ params }: ScreenProps) {
  const tag = params.tag!;
  useTitle(`#${tag}`);
  const path = `/hashtags/${encodeURIComponent(tag)}`;
  const found = useResource<Found>(path);
  const pages = usePages<Video>(`${path}/videos`);
  const hashtag = found.value.value;
  const counts = hashtag ? `${words.videos(hashtag.video_count)} · ${words.views(hashtag.view_count)}` : !found.problem.value && <Skeleton width="10rem" />;
  return (
    <div class="page">
      <header class={styles.placeHead}>
        <span class={styles.placeIcon}><Icon name="hash" size={34} /></span>
        <div><h1 tabIndex={-1}>#{tag}</h1><p class="muted">{counts}</p></div>
      </header>
      <InfiniteList label={`#${tag}`} pages={pages} keyOf={({ id }) => id} layout="grid" empty={<Empty icon="hash" title={places.hashtagEmpty} />}>
        {(video) => <VideoTile video={video} />}
      </InfiniteList>
    </div>
  );
}
