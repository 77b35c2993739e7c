import { lazy } from "./lazy";
import { signInAsked } from "../session/session";
import { words } from "../strings/common";
import { Toasts } from "../kit/toast";
import { Banners } from "./banners";
import { Nav } from "./nav";
import { Screen } from "./screen";
import styles from "./shell.module.css";

const SignIn = lazy(() => import("../screens/people/sign-in"));

export function App() {
  return (
    <div class={styles.shell}>
      <a class={styles.skip} href="#main" onClick={skip}>{words.skip}</a>
      <Nav />
      <Screen />
      <Banners />
      <Toasts />
      {signInAsked.value && <SignIn />}
    </div>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
