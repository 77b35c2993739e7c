/** The sheet to sign in or to join, opened by whatever needs a person. */
import { useSignal } from "@preact/signals";
import type { Me } from "../../api/types.gen";
import { Sheet } from "../../kit/sheet";
import { become, signInAsked } from "../../session/session";
import { entering as words } from "../../strings/people";
import { JoinForm, SignInForm } from "./entering";
import styles from "./people.module.css";

export default function SignIn() {
  const asked = signInAsked.value;
  const joins = useSignal(false);
  const close = () => (signInAsked.value = null);
  const done = (person: Me) => {
    become(person);
    close();
    asked?.then?.();
  };
  const Form = joins.value ? JoinForm : SignInForm;
  return (
    <Sheet title={joins.value ? words.join : words.signIn} onClose={close} testId="sign-in">
      <div class="stack">
        {asked?.reason && <p class="muted">{asked.reason}</p>}
        <Form done={done} />
        <p class={styles.other}>
          {joins.value ? words.haveOne : words.newHere}
          <button type="button" onClick={() => (joins.value = !joins.value)}>{joins.value ? words.signIn : words.createOne}</button>
        </p>
      </div>
    </Sheet>
  );
}
