/** What can be set while the service runs: a form made of the schema, and the versions so far. */
import { useSignal, type Signal } from "@preact/signals";
import { patch, post } from "../../api/client";
import { asProblem, Problem } from "../../api/problem";
import type { Configuration, ConfigurationVersion } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { FormProblem, Select, TextArea, TextField, useForm, type Form } from "../../kit/field";
import { InfiniteList, usePages } from "../../kit/list";
import { useResource } from "../../kit/resource";
import { FailedWith, Skeleton } from "../../kit/states";
import { toast, toastProblem } from "../../kit/toast";
import { formatDayAndTime } from "../../i18n";
import { hasRole } from "../../session/session";
import { configuration as words, moderation } from "../../strings/moderation";
import styles from "./moderation.module.css";

interface Setting {
  readonly type: "integer" | "number" | "string" | "object" | "array";
  readonly default: unknown;
  readonly description: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
}

export function Config() {
  const found = useResource<Configuration>("/admin/config");
  const versions = usePages<ConfigurationVersion>("/admin/config/history");
  const configuration = found.value.value;
  const reload = async () => void (await Promise.all([found.reload(), versions.reload()]));
  if (found.problem.value && !configuration) return <FailedWith problem={found.problem.value} retry={() => void found.reload()} />;
  if (!configuration) return <Skeleton height="32rem" />;
  return (
    <div class={styles.config}>
      <Settings key={configuration.version} configuration={configuration} etag={found.etag.value} reload={reload} />
      <section class={styles.part}>
        <h2>{words.history}</h2>
        <InfiniteList label={words.history} pages={versions} keyOf={({ version }) => String(version)} empty={<p class="muted">{words.noHistory}</p>}>
          {(version) => <Version version={version} current={configuration.version} reload={reload} />}
        </InfiniteList>
      </section>
    </div>
  );
}

interface SettingsProps {
  readonly configuration: Configuration;
  readonly etag: string;
  readonly reload: () => Promise<void>;
}

function Settings({ configuration, etag, reload }: SettingsProps) {
  const edited = useSignal<Readonly<Record<string, string>>>({});
  const settings = (configuration.schema.properties ?? {}) as Record<string, Setting>;
  const form = useForm(async (data) => {
    const changes = Object.fromEntries(Object.entries(edited.peek()).map(([key, text]) => [key, valueOf(key, settings[key]!, text)]));
    try {
      await patch<Configuration>("/admin/config", { ...changes, reason: data.get("reason") }, { etag });
    } catch (thrown) {
      if (asProblem(thrown).code !== "precondition_failed") throw thrown;
      await reload();
      throw new Problem("precondition_failed", words.changedElsewhere, words.changedElsewhere, 412);
    }
    toast(words.saved);
    await reload();
  });
  const groups = groupsOf(Object.keys(settings));
  const count = Object.keys(edited.value).length;
  return (
    <form class="stack" onSubmit={form.onSubmit}>
      <p class="muted">{words.version(configuration.version)} · {hasRole("admin") ? words.intro : words.readOnly}</p>
      {[...groups].map(([group, keys]) => (
        <details key={group} class="card" open={group !== "limits" || undefined}>
          <summary><h2>{words.groups[group] ?? group}</h2></summary>
          <div class={styles.settings}>{keys.map((key) => <Field key={key} name={key} setting={settings[key]!} value={configuration.values[key]} edited={edited} form={form} />)}</div>
        </details>
      ))}
      {count > 0 && (
        <div class={styles.save}>
          <TextField label={moderation.reason} name="reason" form={form} maxLength={500} required />
          <Button kind="primary" type="submit" busy={form.busy}>{words.save(count)}</Button>
        </div>
      )}
      <FormProblem form={form} />
    </form>
  );
}

interface FieldProps {
  readonly name: string;
  readonly setting: Setting;
  readonly value: unknown;
  readonly edited: Signal<Readonly<Record<string, string>>>;
  readonly form: Form;
}

function Field({ name, setting, value, edited, form }: FieldProps) {
  const before = textOf(value);
  const text = edited.value[name] ?? before;
  const change = (event: { readonly currentTarget: { readonly value: string } }) => {
    const { [name]: _, ...others } = edited.peek();
    const now = event.currentTarget.value;
    edited.value = now === before ? others : { ...others, [name]: now };
  };
  const common = { name, form, label: name, hint: `${setting.description} ${words.defaultIs(shorten(textOf(setting.default)))}`, disabled: !hasRole("admin") };
  if (setting.enum) return <Select {...common} value={text} onChange={change}>{setting.enum.map((each) => <option key={each}>{each}</option>)}</Select>;
  if (setting.type === "object" || setting.type === "array") return <TextArea {...common} class={undefined} value={text} onInput={change} rows={4} spellcheck={false} />;
  const isNumber = setting.type !== "string";
  return <TextField {...common} type={isNumber ? "number" : "text"} step={setting.type === "integer" ? 1 : "any"} min={setting.minimum} max={setting.maximum} value={text} onInput={change} required={isNumber} />;
}

/** Puts keys together that begin alike: `limits.feed.max` under `limits`. */
function groupsOf(keys: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const name = key.includes(".") ? key.split(".")[0]! : "other";
    groups.set(name, [...(groups.get(name) ?? []), key]);
  }
  return groups;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value, null, 1));
const shorten = (text: string): string => (text.length > 60 ? `${text.replace(/\s+/g, " ").slice(0, 60)} …` : text);

function valueOf(key: string, { type }: Setting, text: string): unknown {
  if (type === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem("validation_failed", words.badJson, `${key}: ${words.badJson}`, 422, 0, { [key]: words.badJson });
  }
}

function Version({ version, current, reload }: { readonly version: ConfigurationVersion; readonly current: number; readonly reload: () => Promise<void> }) {
  const busy = useSignal(false);
  const back = async () => {
    busy.value = true;
    try {
      await post("/admin/config/rollback", { version: version.version, reason: words.rollbackTo(version.version) });
      toast(words.rolledBack);
      await reload();
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    } finally {
      busy.value = false;
    }
  };
  return (
    <div class={styles.version}>
      <div>
        <b>{words.version(version.version)}</b> <span class="muted">{version.changed_at && formatDayAndTime(version.changed_at)}</span>
        <p>{version.reason}</p>
        <code>{shorten(Object.entries(version.changed).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(", "))}</code>
      </div>
      {hasRole("admin") && version.version !== current && <Button busy={busy.value} onClick={back} aria-label={words.rollbackTo(version.version)}>{words.rollback}</Button>}
    </div>
  );
}
