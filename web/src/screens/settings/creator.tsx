/** From somebody who watches to somebody who uploads. */
import { post } from "../../api/client";
import type { Me } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { FormProblem, useForm } from "../../kit/field";
import { Empty } from "../../kit/states";
import { toast } from "../../kit/toast";
import { become, hasRole } from "../../session/session";
import { people } from "../../strings/people";
import { becoming as words } from "../../strings/settings";
import styles from "./settings.module.css";

export function Creator() {
  const form = useForm(async () => {
    become(await post<Me>("/users/me/creator", { accept_terms: true }));
    toast(words.done);
  });
  if (hasRole("creator")) {
    return (
      <Empty icon="star" title={words.already} detail={words.alreadyDetail}>
        <div class="row"><Button kind="primary" icon="upload" href="/upload">{people.upload}</Button><Button icon="chart" href="/studio">{words.studio}</Button></div>
      </Empty>
    );
  }
  return (
    <form class="stack" onSubmit={form.onSubmit}>
      <p>{words.intro}</p>
      <FormProblem form={form} />
      <label class={styles.check}><input type="checkbox" name="terms" required /><span>{words.terms}</span></label>
      <div class="row"><Button kind="primary" type="submit" busy={form.busy}>{words.act}</Button></div>
    </form>
  );
}
