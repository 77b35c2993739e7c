import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Videos(_: ScreenProps) {
  useTitle("Your videos");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Your videos</h1>
    </div>
  );
}
