import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Feed(_: ScreenProps) {
  useTitle("For You");
  return (
    <div class="page">
      <h1 tabIndex={-1}>For You</h1>
    </div>
  );
}
