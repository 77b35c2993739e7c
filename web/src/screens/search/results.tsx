/** What was found, all kinds together or one of them. */
import type { SearchResults } from "../../api/types.gen";
import { here, setQuery } from "../../app/router";
import { Button } from "../../kit/button";
import { PersonRow } from "../../kit/person";
import { useResource } from "../../kit/resource";
import { Empty, FailedWith, Skeleton } from "../../kit/states";
import { Tabs } from "../../kit/tabs";
import { VideoTile } from "../../kit/tile";
import { search as words } from "../../strings/search";
import { HashtagRow, SoundRow } from "./rows";
import styles from "./search.module.css";

type Kind = "videos" | "users" | "hashtags" | "sounds";
const KINDS: readonly Kind[] = ["users", "hashtags", "videos", "sounds"];
const TABS = (["all", "videos", "users", "hashtags", "sounds"] as const).map((id) => ({ id, label: words.tabs[id] }));
const FEW = { users: 4, hashtags: 4, videos: 12, sounds: 4 };
const MOST = 50;

export function Results({ query }: { readonly query: string }) {
  const asked = here.value.query.get("type");
  const kind = TABS.find(({ id }) => id === asked)?.id ?? "all";
  const results = useResource<SearchResults>("/search", { q: query, type: kind, limit: kind === "all" ? 20 : MOST });
  const found = results.value.value;
  const shown = kind === "all" ? KINDS : [kind];
  return (
    <section class={styles.results}>
      <Tabs label={words.tabs.label} tabs={TABS} value={kind} onChange={(id) => setQuery({ type: id === "all" ? null : id })} />
      <div role="tabpanel" aria-label={words.tabs[kind]} aria-busy={!found && !results.problem.value} class={styles.groups}>
        {results.problem.value && !found && <FailedWith problem={results.problem.value} retry={() => void results.reload()} />}
        {!found && !results.problem.value && <Waiting />}
        {found && shown.every((each) => found[each].length === 0) && <Empty icon="search" title={words.nothing(query)} detail={words.nothingDetail} />}
        {found && shown.map((each) => found[each].length > 0 && <Group key={each} kind={each} found={found} alone={kind !== "all"} />)}
      </div>
    </section>
  );
}

function Waiting() {
  return <div class="stack">{[0, 1, 2, 3].map((at) => <Skeleton key={at} height="3.5rem" />)}</div>;
}

function Group({ kind, found, alone }: { readonly kind: Kind; readonly found: SearchResults; readonly alone: boolean }) {
  const most = alone ? MOST : FEW[kind];
  return (
    <section class={styles.group}>
      {!alone && <header><h2>{words.tabs[kind]}</h2>{found[kind].length > most && <Button kind="quiet" onClick={() => setQuery({ type: kind })}>{words.all}</Button>}</header>}
      <ul class={kind === "videos" ? styles.grid : styles.rows} aria-label={words.tabs[kind]}>
        {kind === "videos" && found.videos.slice(0, most).map((video) => <li key={video.id}><VideoTile video={video} /></li>)}
        {kind === "users" && found.users.slice(0, most).map((person) => <li key={person.id}><PersonRow person={person} /></li>)}
        {kind === "hashtags" && found.hashtags.slice(0, most).map((hashtag) => <li key={hashtag.tag}><HashtagRow hashtag={hashtag} /></li>)}
        {kind === "sounds" && found.sounds.slice(0, most).map((sound) => <li key={sound.id}><SoundRow sound={sound} /></li>)}
      </ul>
    </section>
  );
}
