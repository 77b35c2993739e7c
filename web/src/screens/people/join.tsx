/** Where somebody who has no account yet makes one. */
import { useEffect } from "preact/hooks";
import type { ScreenProps } from "../../app/routes";
import { navigate } from "../../app/router";
import { useTitle } from "../../app/title";
import { toast } from "../../kit/toast";
import { become, me, signInAsked } from "../../session/session";
import { entering as words } from "../../strings/people";
import { JoinForm } from "./entering";
import styles from "./people.module.css";

export default function Join(_: ScreenProps) {
  useTitle(words.join);
  const person = me.value;
  useEffect(() => {
    if (person) navigate(`/@${person.username}`, { replace: true });
  }, [person]);
  return (
    <div class={`page narrow ${styles.join}`}>
      <header>
        <h1 tabIndex={-1}>{words.join}</h1>
        <p class="muted">{words.joinIntro}</p>
      </header>
      <JoinForm done={(joined) => { become(joined); toast(words.welcome(joined.username)); }} />
      <p class={styles.other}>
        {words.haveOne}
        <button type="button" onClick={() => (signInAsked.value = { reason: "" })}>{words.signIn}</button>
      </p>
    </div>
  );
}
