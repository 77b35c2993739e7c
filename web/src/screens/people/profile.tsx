import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Profile(_: ScreenProps) {
  useTitle("Profile");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Profile</h1>
    </div>
  );
}
