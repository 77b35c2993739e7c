/** Asks before somebody is blocked. */
import { put } from "../../api/client";
import type { UserRef } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { FormProblem, useForm } from "../../kit/field";
import { Sheet } from "../../kit/sheet";
import { toast } from "../../kit/toast";
import { words as common } from "../../strings/common";
import { options } from "../../strings/feed";

interface Props {
  readonly person: UserRef;
  readonly close: () => void;
  readonly onBlocked: () => void;
}

export function BlockSheet({ person, close, onBlocked }: Props) {
  const form = useForm(async () => {
    await put(`/users/${person.id}/block`);
    toast(options.blocked(person.username));
    close();
    onBlocked();
  });
  return (
    <Sheet title={options.blockTitle(person.username)} onClose={close}>
      <form class="stack" onSubmit={form.onSubmit}>
        <p>{options.blockDetail}</p>
        <FormProblem form={form} />
        <div class="row">
          <Button kind="danger" icon="block" type="submit" busy={form.busy}>{options.block(person.username)}</Button>
          <Button onClick={close}>{common.cancel}</Button>
        </div>
      </form>
    </Sheet>
  );
}
