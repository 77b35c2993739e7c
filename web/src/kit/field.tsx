/** Form fields: a label, the input, a hint, and what the server reproaches it with. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX, LooseInputHTMLAttributes, LooseSelectHTMLAttributes } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { asProblem, type Problem } from "../api/problem";
import { words } from "../strings/common";
import { Icon } from "./icon";
import styles from "./kit.module.css";

interface Common {
  readonly label: string;
  /** The JSON pointer of the field without its first slash: `username`, `effects/trim/start_ms`. */
  readonly name: string;
  readonly hint?: string | undefined;
  readonly form?: Form;
  readonly optional?: boolean;
}

type Input = JSX.IntrinsicElements["input"];
type Omitted = "label" | "name" | "form" | "hint" | "optional";
type InputProps = Common & Omit<LooseInputHTMLAttributes<HTMLInputElement>, Omitted>;
type AreaProps = Common & Omit<JSX.IntrinsicElements["textarea"], Omitted> & { readonly maxLength?: number };
type SelectProps = Common & Omit<LooseSelectHTMLAttributes<HTMLSelectElement>, Omitted> & { readonly children: ComponentChildren };

/** A form's state: whether it is being sent, and what was wrong with it the last time. */
export interface Form {
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly errorOf: (name: string) => string | undefined;
  readonly onSubmit: (event: Event) => void;
}

/** Runs `submit` with the form's data; a Problem is shown at its fields, the first is focused. */
export function useForm(submit: (data: FormData) => Promise<void>): Form {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  return {
    busy: busy.value,
    problem: problem.value,
    errorOf: (name) => problem.value?.fields[name],
    onSubmit: async (event) => {
      event.preventDefault();
      if (busy.peek()) return;
      const form = event.currentTarget as HTMLFormElement;
      busy.value = true;
      problem.value = null;
      try {
        await submit(new FormData(form));
      } catch (thrown) {
        problem.value = asProblem(thrown);
        requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      } finally {
        busy.value = false;
      }
    },
  };
}

/** What is wrong with a form as a whole; nothing where every reproach stands at a field. */
export function FormProblem({ form }: { readonly form: Form }) {
  const { problem } = form;
  if (!problem || problem.code === "authentication_required") return null;
  const text = problem.retryAfter > 0 ? `${problem.title}. ${words.tryAgainIn(problem.retryAfter)}` : problem.detail || problem.title;
  return <p class={styles.formProblem} role="alert"><Icon name="warning" size={20} /><span>{text}</span></p>;
}

/** With `autofocus` it has the focus as soon as it is there; browsers heed that only in a new page. */
export function TextField(props: InputProps) {
  const { label, name, hint, form, optional, ...rest } = props;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => { if (props.autofocus) input.current?.focus(); }, []);
  return <Labelled {...{ label, name, hint, form, optional }}>{(aria) => <input ref={input} class={styles.input} name={name} {...aria} {...(rest as Input)} />}</Labelled>;
}

export function TextArea(props: AreaProps) {
  const { label, name, hint, form, optional, ...rest } = props;
  return <Labelled {...{ label, name, hint, form, optional }}>{(aria) => <textarea class={styles.input} name={name} rows={3} {...aria} {...rest} />}</Labelled>;
}

export function Select(props: SelectProps) {
  const { label, name, hint, form, optional, children, ...rest } = props;
  return <Labelled {...{ label, name, hint, form, optional }}>{(aria) => <select class={styles.input} name={name} {...aria} {...(rest as JSX.IntrinsicElements["select"])}>{children}</select>}</Labelled>;
}

interface Aria {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean;
}

function Labelled({ label, name, hint, form, optional, children }: Common & { readonly children: (aria: Aria) => ComponentChildren }) {
  const id = useId();
  const error = form?.errorOf(name);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return (
    <div class={styles.field}>
      <label for={id}>{label}{optional && <span class="muted"> ({words.optional})</span>}</label>
      {children({ id, "aria-describedby": described, "aria-invalid": error !== undefined })}
      {hint && <p id={`${id}-hint`} class={styles.hint}>{hint}</p>}
      {error && <p id={`${id}-error`} class={styles.error}>{error}</p>}
    </div>
  );
}

type ToggleProps = { readonly label: string; readonly hint?: string } & Omit<LooseInputHTMLAttributes<HTMLInputElement>, "label" | "type">;

/** Something that is on or off. */
export function Toggle({ label, hint, ...rest }: ToggleProps) {
  const id = useId();
  return (
    <div class={styles.toggle}>
      <label for={id}><span>{label}</span>{hint && <span id={`${id}-hint`} class={styles.hint}>{hint}</span>}</label>
      <input id={id} type="checkbox" role="switch" aria-describedby={hint ? `${id}-hint` : undefined} {...(rest as Omit<Input, "type" | "role">)} />
    </div>
  );
}
