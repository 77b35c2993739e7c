import { post } from "../../api/client";
import { Problem } from "../../api/problem";
import type { Me } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { FormProblem, useForm } from "../../kit/field";
import { Icon } from "../../kit/icon";
import { toast } from "../../kit/toast";
import { become } from "../../session/session";
import { upload } from "../../strings/upload";
import styles from "./upload.module.css";

const { creator } = upload;

/** What somebody sees who may not upload yet. */
export function BecomeCreator() {
  const form = useForm(async (data) => {
    if (!data.has("accept")) throw new Problem("validation_failed", creator.acceptFirst, creator.acceptFirst, 422);
    become(await post<Me>("/users/me/creator", { accept_terms: true }));
    toast(creator.welcome);
  });
  return (
    <div class="page narrow">
      <h1 tabIndex={-1}>{creator.title}</h1>
      <p class="muted">{creator.detail}</p>
      <ul class={styles.points}>
        {creator.points.map((point) => <li key={point}><Icon name="check" size={20} />{point}</li>)}
      </ul>
      <form class="stack" onSubmit={form.onSubmit} noValidate>
        <label class={styles.accept}><input type="checkbox" name="accept" /><span>{creator.accept}</span></label>
        <FormProblem form={form} />
        <Button kind="primary" type="submit" busy={form.busy} wide>{creator.become}</Button>
      </form>
    </div>
  );
}
