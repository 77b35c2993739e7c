import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Join(_: ScreenProps) {
  useTitle("Join Clipwave");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Join Clipwave</h1>
    </div>
  );
}
