/** The grids of a profile: what somebody published and, to oneself, what one liked and saved. */
import type { User, Video } from "../../api/types.gen";
import { here, setQuery } from "../../app/router";
import { Button } from "../../kit/button";
import { InfiniteList, usePages } from "../../kit/list";
import { Empty } from "../../kit/states";
import { Tabs } from "../../kit/tabs";
import { VideoTile } from "../../kit/tile";
import { me } from "../../session/session";
import { people as words } from "../../strings/people";
import styles from "./people.module.css";

type Shelf = "videos" | "likes" | "saves";
const SHELVES: readonly Shelf[] = ["videos", "likes", "saves"];

export function Works({ user }: { readonly user: User | null }) {
  const isOwn = user !== null && me.value?.id === user.id;
  const asked = here.value.query.get("tab") as Shelf;
  const shelf: Shelf = isOwn && SHELVES.includes(asked) ? asked : "videos";
  const tabs = SHELVES.slice(0, isOwn ? 3 : 1).map((id) => ({ id, label: words.tabs[id] }));
  const choose = (id: Shelf) => setQuery({ tab: id === "videos" ? null : id });
  return (
    <section class={styles.works}>
      <Tabs label={words.tabs.label} tabs={tabs} value={shelf} onChange={choose} />
      <div role="tabpanel" aria-label={words.tabs[shelf]}>{user && <Grid key={shelf} user={user} shelf={shelf} isOwn={isOwn} />}</div>
    </section>
  );
}

interface GridProps {
  readonly user: User;
  readonly shelf: Shelf;
  readonly isOwn: boolean;
}

function Grid({ user, shelf, isOwn }: GridProps) {
  const pages = usePages<Video>(shelf === "videos" ? `/users/${user.id}/videos` : `/users/me/${shelf}`);
  const empty = {
    likes: <Empty icon="heart" title={words.noLikes} detail={words.noLikesDetail} />,
    saves: <Empty icon="bookmark" title={words.noSaves} detail={words.noSavesDetail} />,
    videos: isOwn
      ? <Empty icon="play" title={words.noOwnVideos}><Button kind="primary" icon="upload" href="/upload">{words.upload}</Button></Empty>
      : <Empty icon="play" title={words.noVideos} detail={words.noVideosDetail(user.username)} />,
  }[shelf];
  return <InfiniteList label={words.tabs[shelf]} pages={pages} keyOf={({ id }) => id} layout="grid" empty={empty}>{(video) => <VideoTile video={video} />}</InfiniteList>;
}
