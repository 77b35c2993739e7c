import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Overview(_: ScreenProps) {
  useTitle("Studio");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Studio</h1>
    </div>
  );
}
