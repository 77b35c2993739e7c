import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Search(_: ScreenProps) {
  useTitle("Search");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Search</h1>
    </div>
  );
}
