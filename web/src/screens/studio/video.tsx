import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function VideoFigures(_: ScreenProps) {
  useTitle("Video");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Video</h1>
    </div>
  );
}
