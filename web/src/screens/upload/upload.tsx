import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Upload(_: ScreenProps) {
  useTitle("Upload");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Upload</h1>
    </div>
  );
}
