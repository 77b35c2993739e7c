/** Asks before something is done that can't be undone. */
import type { ComponentChildren } from "preact";
import { Button } from "../../kit/button";
import { FormProblem, useForm, type Form } from "../../kit/field";
import { Sheet } from "../../kit/sheet";
import { words as common } from "../../strings/common";

interface Props {
  readonly title: string;
  readonly detail: string;
  readonly action: string;
  readonly act: (data: FormData) => Promise<void>;
  readonly close: () => void;
  /** What has to be filled in before, as a password. */
  readonly children?: (form: Form) => ComponentChildren;
}

export function Confirm({ title, detail, action, act, close, children }: Props) {
  const form = useForm(async (data) => {
    await act(data);
    close();
  });
  return (
    <Sheet title={title} onClose={close}>
      <form class="stack" onSubmit={form.onSubmit}>
        <p>{detail}</p>
        <FormProblem form={form} />
        {children?.(form)}
        <div class="row">
          <Button kind="danger" type="submit" busy={form.busy}>{action}</Button>
          <Button onClick={close}>{common.cancel}</Button>
        </div>
      </form>
    </Sheet>
  );
}
