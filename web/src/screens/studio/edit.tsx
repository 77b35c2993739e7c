import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Edit(_: ScreenProps) {
  useTitle("Edit video");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Edit video</h1>
    </div>
  );
}
