/** One video by its address, and what goes on after it. `?in=hashtag:x` says where it was found. */
import { goBack, here } from "../../app/router";
import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";
import { Button, IconButton } from "../../kit/button";
import { Empty } from "../../kit/states";
import { feed as words } from "../../strings/feed";
import { words as common } from "../../strings/common";
import { videoAndMore } from "./store";
import styles from "./feed.module.css";
import { FeedView } from "./view";

export default function VideoScreen({ params }: ScreenProps) {
  const store = videoAndMore(params.id!, here.value.query.get("in"));
  const video = store.current?.video.value;
  useTitle(video ? video.description || words.videoBy(video.creator.username) : "");
  const header = <IconButton class={styles.back} icon="left" label={common.back} onClick={() => goBack("/")} />;
  const problem = store.problem.value;
  if (problem && (problem.status === 404 || problem.status === 410) && !video) {
    return (
      <Empty icon="hidden" title={words.unavailable} detail={words.unavailableDetail} heading={1}>
        <Button kind="primary" href="/">{common.goHome}</Button>
      </Empty>
    );
  }
  return <FeedView store={store} title={video ? words.videoBy(video.creator.username) : words.list} header={header} empty={null} />;
}
