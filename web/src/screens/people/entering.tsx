/** The forms to sign in and to join, in the sheet and on their own page. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../../api/client";
import type { Problem } from "../../api/problem";
import type { Me } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { FormProblem, TextField, useForm, type Form } from "../../kit/field";
import { Icon } from "../../kit/icon";
import { formatDuration } from "../../i18n";
import { entering as words } from "../../strings/people";
import styles from "./people.module.css";

interface Props {
  readonly done: (person: Me) => void;
}

export function SignInForm({ done }: Props) {
  const form = useForm(async (data) => done(await post<Me>("/auth/login", { username: data.get("username"), password: data.get("password") })));
  const left = useSecondsLeft(form.problem);
  return (
    <form class="stack" onSubmit={form.onSubmit}>
      <EntryProblem form={form} left={left} />
      <TextField label={words.username} name="username" form={form} autoComplete="username" autoCapitalize="none" spellcheck={false} autofocus required />
      <TextField label={words.password} name="password" form={form} type="password" autoComplete="current-password" required />
      <Button kind="primary" type="submit" wide busy={form.busy} disabled={left > 0}>{words.signIn}</Button>
    </form>
  );
}

export function JoinForm({ done }: Props) {
  const form = useForm(async (data) => {
    const given = Object.fromEntries([...data].filter(([, value]) => value !== ""));
    done(await post<Me>("/auth/register", given));
  });
  const left = useSecondsLeft(form.problem);
  return (
    <form class="stack" onSubmit={form.onSubmit}>
      <EntryProblem form={form} left={left} />
      <TextField label={words.username} name="username" form={form} hint={words.usernameHint} autoComplete="username" autoCapitalize="none" spellcheck={false} autofocus required />
      <TextField label={words.password} name="password" form={form} hint={words.passwordHint} type="password" autoComplete="new-password" required />
      <TextField label={words.birthDate} name="birth_date" form={form} hint={words.birthDateHint} type="date" autoComplete="bday" max={new Date().toISOString().slice(0, 10)} required />
      <TextField label={words.displayName} name="display_name" form={form} hint={words.displayNameHint} autoComplete="name" optional />
      <Button kind="primary" type="submit" wide busy={form.busy} disabled={left > 0}>{words.create}</Button>
    </form>
  );
}

/** Says why nobody gets in here now: a ban and its reason, or how long there is to wait. */
function EntryProblem({ form, left }: { readonly form: Form; readonly left: number }) {
  const { problem } = form;
  if (problem?.code === "banned") {
    const { until, reason } = problem.extra as { until?: string | null; reason?: string | null };
    return <Notice title={`${words.banned} ${until ? words.bannedUntil(until) : words.bannedForGood}.`} detail={reason ? words.bannedReason(reason) : ""} />;
  }
  if (problem?.code === "rate_limited") {
    return left > 0 ? <Notice title={`${words.tooMany}.`} detail={words.waitFor(formatDuration(left * 1000))} /> : null;
  }
  const hasFields = problem && Object.keys(problem.fields).length > 0;
  return hasFields ? null : <FormProblem form={form} />;
}

function Notice({ title, detail }: { readonly title: string; readonly detail: string }) {
  return (
    <div class={styles.notice} role="alert">
      <Icon name="warning" size={20} />
      <p><b>{title}</b>{detail && <span>{detail}</span>}</p>
    </div>
  );
}

/** Counts down until a limited request is worth trying again. */
function useSecondsLeft(problem: Problem | null): number {
  const left = useSignal(0);
  useEffect(() => {
    const until = Date.now() + (problem?.retryAfter ?? 0) * 1000;
    const count = () => (left.value = Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    count();
    const timer = setInterval(() => count() === 0 && clearInterval(timer), 1000);
    return () => clearInterval(timer);
  }, [problem]);
  return left.value;
}
