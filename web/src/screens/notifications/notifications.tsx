import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Notifications(_: ScreenProps) {
  useTitle("Inbox");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Inbox</h1>
    </div>
  );
}
