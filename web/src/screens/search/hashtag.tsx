import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Hashtag(_: ScreenProps) {
  useTitle("Hashtag");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Hashtag</h1>
    </div>
  );
}
