/** What is said about a video; sending begins here. */
import { useRef } from "preact/hooks";
import { newId, post } from "../../api/client";
import type { Announced, VideoUpload } from "../../api/types.gen";
import { here, navigate } from "../../app/router";
import { Button } from "../../kit/button";
import { FormProblem, useForm } from "../../kit/field";
import { upload } from "../../strings/upload";
import { typeOf } from "./files";
import { coverOf, effectsOf, LONGEST_MS, resultMs, type Draft } from "./recipe";
import { readSaid, SaidFields } from "./said";
import { send } from "./sending";
import styles from "./upload.module.css";

const { details } = upload;

export function Details({ draft }: { readonly draft: Draft }) {
  const isDraft = useRef(false);
  const intention = useRef({ body: "", key: "" });
  const form = useForm(async (data) => {
    const body = JSON.stringify(announce(draft, data, isDraft.current));
    if (body !== intention.current.body) intention.current = { body, key: newId() };
    const made = await post<Announced>("/videos", JSON.parse(body), { idempotencyKey: intention.current.key });
    send(made.video.id, draft.file, made.upload);
    navigate(`/upload/${made.video.id}`, { replace: true });
  });
  const isTooLong = resultMs(draft.recipe.value) > LONGEST_MS;
  return (
    <form class="stack" onSubmit={form.onSubmit}>
      <SaidFields form={form} />
      <FormProblem form={form} />
      {isTooLong && <p class={styles.wrong} role="alert">{upload.trim.tooLong}</p>}
      <div class={styles.actions}>
        <Button type="submit" disabled={isTooLong || form.busy} onClick={() => (isDraft.current = true)}>{details.draft}</Button>
        <Button kind="primary" icon="upload" type="submit" busy={form.busy} disabled={isTooLong} onClick={() => (isDraft.current = false)}>{details.publish}</Button>
      </div>
    </form>
  );
}

function announce(draft: Draft, data: FormData, isDraft: boolean): VideoUpload {
  const { file, recipe, durationMs } = draft;
  const sound = here.peek().query.get("sound");
  const cover = coverOf(recipe.peek());
  return {
    filename: file.name.slice(-255),
    content_type: typeOf(file),
    size_bytes: file.size,
    ...readSaid(data),
    draft: isDraft,
    effects: effectsOf(recipe.peek(), durationMs.peek(), sound !== null),
    ...(sound && { sound_id: sound }),
    ...(cover !== undefined && { cover_ms: cover }),
  };
}
