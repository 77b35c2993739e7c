/** What the feed should know: interests, words to keep out, and starting over. */
import { useSignal } from "@preact/signals";
import { post } from "../../api/client";
import { asProblem } from "../../api/problem";
import { Button } from "../../kit/button";
import { FormProblem, TextField, useForm } from "../../kit/field";
import { Icon } from "../../kit/icon";
import { FailedWith, Skeleton } from "../../kit/states";
import { toast, toastProblem } from "../../kit/toast";
import { tuning as words } from "../../strings/settings";
import { useOwn, type Own } from "../people/own";
import { Confirm } from "./confirm";
import styles from "./settings.module.css";

export function Tuning() {
  const own = useOwn();
  const { value, problem, reload } = own.resource;
  if (problem.value && !value.value) return <FailedWith problem={problem.value} retry={() => void reload()} />;
  if (!value.value) return <Skeleton height="24rem" />;
  return (
    <div class={styles.parts}>
      <Words own={own} field="interests" label={words.interests} hint={words.interestsHint} icon="#" />
      <Words own={own} field="hidden_keywords" label={words.keywords} hint={words.keywordsHint} />
      <Reset />
    </div>
  );
}

interface WordsProps {
  readonly own: Own;
  readonly field: "interests" | "hidden_keywords";
  readonly label: string;
  readonly hint: string;
  readonly icon?: string;
}

function Words({ own, field, label, hint, icon = "" }: WordsProps) {
  const chosen = own.resource.value.value![field];
  const typed = useSignal("");
  const form = useForm(async () => {
    const word = typed.peek().trim().replace(/^#/, "");
    if (word && !chosen.includes(word)) await own.save({ [field]: [...chosen, word] });
    typed.value = "";
  });
  const remove = (word: string) => own.save({ [field]: chosen.filter((each) => each !== word) }).catch((thrown) => toastProblem(asProblem(thrown)));
  return (
    <section class="card">
      <h2>{label}</h2>
      <ul class={styles.words} aria-label={label}>
        {chosen.length === 0 && <li class="muted">{words.none}</li>}
        {chosen.map((word) => (
          <li key={word}><button type="button" aria-label={words.removeNamed(word)} onClick={() => void remove(word)}>{icon}{word}<Icon name="close" size={16} /></button></li>
        ))}
      </ul>
      <form class={styles.add} onSubmit={form.onSubmit}>
        <TextField label={`${words.add}: ${label}`} hint={hint} name={field} form={form} value={typed.value} maxLength={50} onInput={(event) => (typed.value = event.currentTarget.value)} required />
        <Button type="submit" busy={form.busy}>{words.add}</Button>
        <FormProblem form={form} />
      </form>
    </section>
  );
}

function Reset() {
  const asks = useSignal(false);
  const reset = async () => {
    await post("/feed/reset");
    toast(words.resetDone);
  };
  return (
    <section class="card">
      <h2>{words.reset}</h2>
      <p class="muted">{words.resetDetail}</p>
      <div class="row"><Button icon="refresh" onClick={() => (asks.value = true)}>{words.resetAct}</Button></div>
      {asks.value && <Confirm title={words.resetTitle} detail={words.resetDetail} action={words.resetAct} act={reset} close={() => (asks.value = false)} />}
    </section>
  );
}
