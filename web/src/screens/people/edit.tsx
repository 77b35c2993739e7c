/** Changing what others see of oneself: a form, in a sheet here and on a page of the settings. */
import { Button } from "../../kit/button";
import { FormProblem, TextArea, TextField, useForm } from "../../kit/field";
import { Sheet } from "../../kit/sheet";
import { FailedWith, Skeleton } from "../../kit/states";
import { toast } from "../../kit/toast";
import { words as common } from "../../strings/common";
import { entering, people as words } from "../../strings/people";
import { settings } from "../../strings/settings";
import { useOwn } from "./own";

interface Props {
  readonly onSaved?: () => void;
}

export function EditForm({ onSaved }: Props) {
  const { resource, save } = useOwn();
  const person = resource.value.value;
  const form = useForm(async (data) => {
    const text = (name: string) => String(data.get(name)).trim();
    await save({ display_name: text("display_name"), bio: text("bio"), country: text("country").toUpperCase() || null, language: text("language").toLowerCase() || null });
    toast(words.saved);
    onSaved?.();
  });
  if (resource.problem.value && !person) return <FailedWith problem={resource.problem.value} retry={() => void resource.reload()} />;
  if (!person) return <Skeleton height="24rem" />;
  return (
    <form class="stack" onSubmit={form.onSubmit} key={resource.etag.value}>
      <FormProblem form={form} />
      <TextField label={entering.displayName} name="display_name" form={form} defaultValue={person.display_name} autoComplete="name" maxLength={50} />
      <TextArea label={words.bio} name="bio" form={form} defaultValue={person.bio} maxLength={300} optional />
      <TextField label={settings.country} name="country" form={form} hint={settings.countryHint} defaultValue={person.country ?? ""} maxLength={2} autoComplete="country" optional />
      <TextField label={settings.language} name="language" form={form} hint={settings.languageHint} defaultValue={person.language ?? ""} maxLength={3} autoCapitalize="none" autoComplete="language" optional />
      <Button kind="primary" type="submit" busy={form.busy}>{common.save}</Button>
    </form>
  );
}

export function EditSheet({ close, onSaved }: { readonly close: () => void; readonly onSaved: () => void }) {
  return <Sheet title={words.edit} onClose={close}><EditForm onSaved={() => { close(); onSaved(); }} /></Sheet>;
}
