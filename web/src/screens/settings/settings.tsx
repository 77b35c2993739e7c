import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";

export default function Settings(_: ScreenProps) {
  useTitle("Settings");
  return (
    <div class="page">
      <h1 tabIndex={-1}>Settings</h1>
    </div>
  );
}
