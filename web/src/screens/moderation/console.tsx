import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Console(_: ScreenProps) {
  useTitle("Moderation");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Moderation</h1>
    </div>
  );
}
