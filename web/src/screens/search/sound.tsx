import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Sound(_: ScreenProps) {
  useTitle("Sound");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Sound</h1>
    </div>
  );
}
