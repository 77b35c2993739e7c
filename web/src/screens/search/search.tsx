/** Looking for something: suggestions while typing, results by kind, and what is trending before. */
import type { ScreenProps } from "../../app/routes";
import { here, setQuery } from "../../app/router";
import { useTitle } from "../../app/title";
import { search as words } from "../../strings/search";
import { Box } from "./box";
import { Results } from "./results";
import { Trending } from "./trending";

export default function Search(_: ScreenProps) {
  const query = here.value.query.get("q") ?? "";
  useTitle(query ? words.results(query) : words.title);
  return (
    <div class="page">
      <h1 tabIndex={-1}>{words.title}</h1>
      <Box query={query} onSearch={(text, kind) => setQuery({ q: text.trim(), type: kind ?? null })} />
      {query ? <Results query={query} /> : <Trending />}
    </div>
  );
}
