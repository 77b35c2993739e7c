/** What many have begun to watch: hashtags and sounds, over an hour, a day or a week. */
import type { TrendingHashtags, TrendingSounds } from "../../api/types.gen";
import { here, setQuery } from "../../app/router";
import { useResource } from "../../kit/resource";
import { Empty, FailedWith, Skeleton } from "../../kit/states";
import { Tabs } from "../../kit/tabs";
import { search as words } from "../../strings/search";
import { Change, HashtagRow, SoundRow } from "./rows";
import styles from "./search.module.css";

const WINDOWS = (["1h", "24h", "7d"] as const).map((id) => ({ id, label: words.windows[id] }));
const MOST = 10;

export function Trending() {
  const over = WINDOWS.find(({ id }) => id === here.value.query.get("window"))?.id ?? "24h";
  const hashtags = useResource<TrendingHashtags>("/hashtags/trending", { window: over, limit: MOST });
  const sounds = useResource<TrendingSounds>("/sounds/trending", { window: over, limit: MOST });
  const [tags, heard] = [hashtags.value.value?.items, sounds.value.value?.items];
  const problem = hashtags.problem.value ?? sounds.problem.value;
  const retry = () => void Promise.all([hashtags.reload(), sounds.reload()]);
  return (
    <section class={styles.results} aria-label={words.trending}>
      <Tabs label={words.windows.label} tabs={WINDOWS} value={over} onChange={(id) => setQuery({ window: id === "24h" ? null : id })} />
      <div role="tabpanel" aria-label={words.windows[over]} class={styles.columns}>
        {problem && !tags && !heard && <FailedWith problem={problem} retry={retry} />}
        {!problem && !(tags && heard) && [0, 1].map((at) => <Skeleton key={at} height="24rem" />)}
        {tags?.length === 0 && heard?.length === 0 && <Empty icon="chart" title={words.noTrend} detail={words.noTrendDetail} />}
        {heard && tags && tags.length > 0 && (
          <section class={styles.group}>
            <header><h2>{words.trendingHashtags}</h2></header>
            <ol class={styles.rows}>{tags.map((each) => <li key={each.tag}><HashtagRow hashtag={each}><Change change={each.change} /></HashtagRow></li>)}</ol>
          </section>
        )}
        {tags && heard && heard.length > 0 && (
          <section class={styles.group}>
            <header><h2>{words.trendingSounds}</h2></header>
            <ol class={styles.rows}>{heard.map((each) => <li key={each.id}><SoundRow sound={each}><Change change={each.change} /></SoundRow></li>)}</ol>
          </section>
        )}
      </div>
    </section>
  );
}
