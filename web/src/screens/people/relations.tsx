import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Relations(_: ScreenProps) {
  useTitle("People");
  return (
    <div class="page">
      <h1 tabIndex={-1}>People</h1>
    </div>
  );
}
