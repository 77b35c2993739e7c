/** Who follows a person, and whom they follow. */
import type { UserRef } from "../../api/types.gen";
import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";
import { Icon } from "../../kit/icon";
import { InfiniteList, usePages } from "../../kit/list";
import { PersonRow } from "../../kit/person";
import { Empty } from "../../kit/states";
import { NavTabs } from "../../kit/tabs";
import { people as words } from "../../strings/people";
import { NotFound } from "../../app/screen";
import styles from "./people.module.css";

export default function Relations({ params }: ScreenProps) {
  if (params.list !== "followers" && params.list !== "following") return <NotFound />;
  return <Related username={params.username!} list={params.list} />;
}

function Related({ username, list }: { readonly username: string; readonly list: "followers" | "following" }) {
  const title = `@${username}`;
  useTitle(`${words[list]} · ${title}`);
  const pages = usePages<UserRef>(`/users/@${username}/${list}`);
  const links = (["followers", "following"] as const).map((each) => ({ href: `/@${username}/${each}`, label: words[each], current: each === list }));
  return (
    <div class="page narrow">
      <header class={styles.back}>
        <a href={`/@${username}`} aria-label={`${words.profile} ${title}`}><Icon name="left" /></a>
        <h1 tabIndex={-1}>{title}</h1>
      </header>
      <NavTabs label={title} links={links} />
      <InfiniteList label={words[list]} pages={pages} keyOf={({ id }) => id} empty={<Empty icon="users" title={list === "followers" ? words.noFollowers : words.noFollowing} />}>
        {(person) => <PersonRow person={person} />}
      </InfiniteList>
    </div>
  );
}
