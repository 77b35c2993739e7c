/** The sheet to sign in, opened by whatever needs a person. */
import { post } from "../../api/client";
import type { Me } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { FormProblem, TextField, useForm } from "../../kit/field";
import { Sheet } from "../../kit/sheet";
import { become, signInAsked } from "../../session/session";
import { words } from "../../strings/common";

export default function SignIn() {
  const asked = signInAsked.value;
  const close = () => (signInAsked.value = null);
  const form = useForm(async (data) => {
    become(await post<Me>("/auth/login", { username: data.get("username"), password: data.get("password") }));
    close();
    asked?.then?.();
  });
  return (
    <Sheet title={words.nav.signIn} onClose={close} testId="sign-in">
      <form class="stack" onSubmit={form.onSubmit}>
        {asked?.reason && <p class="muted">{asked.reason}</p>}
        <FormProblem form={form} />
        <TextField label="Username" name="username" form={form} autoComplete="username" autofocus required />
        <TextField label="Password" name="password" form={form} type="password" autoComplete="current-password" required />
        <Button kind="primary" type="submit" wide busy={form.busy}>{words.nav.signIn}</Button>
      </form>
    </Sheet>
  );
}
