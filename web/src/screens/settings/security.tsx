/** The password, and where one is signed in. */
import { useSignal } from "@preact/signals";
import { del, post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { OpenSession, OpenSessions } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { FormProblem, TextField, useForm } from "../../kit/field";
import { Icon } from "../../kit/icon";
import { useResource } from "../../kit/resource";
import { FailedWith, Skeleton } from "../../kit/states";
import { toast, toastProblem } from "../../kit/toast";
import { me } from "../../session/session";
import { security as words } from "../../strings/settings";
import styles from "./settings.module.css";

export function Security() {
  const sessions = useResource<OpenSessions>("/auth/sessions");
  const found = sessions.value.value?.items;
  return (
    <div class={styles.parts}>
      <Password onChanged={() => void sessions.reload()} />
      <section class="card">
        <h2>{words.sessions}</h2>
        {sessions.problem.value && !found && <FailedWith problem={sessions.problem.value} retry={() => void sessions.reload()} />}
        {!found && !sessions.problem.value && <Skeleton height="4rem" />}
        <ul class={styles.rows} aria-label={words.sessions}>{found?.map((each) => <li key={each.id}><Row session={each} onEnded={() => void sessions.reload()} /></li>)}</ul>
        {found && found.length > 1 && <EndOthers onEnded={() => void sessions.reload()} />}
      </section>
    </div>
  );
}

function Password({ onChanged }: { readonly onChanged: () => void }) {
  const form = useForm(async (data) => {
    await post("/auth/password", { current: data.get("current"), new: data.get("new") });
    toast(words.changed);
    document.querySelector<HTMLFormElement>("#password")?.reset();
    onChanged();
  });
  return (
    <section class="card">
      <h2>{words.change}</h2>
      <form id="password" class="stack" onSubmit={form.onSubmit}>
        <FormProblem form={form} />
        <input type="text" name="username" autocomplete="username" value={me.value?.username} readOnly hidden />
        <TextField label={words.current} name="current" type="password" form={form} autoComplete="current-password" required />
        <TextField label={words.next} name="new" type="password" form={form} hint={words.nextHint} autoComplete="new-password" required />
        <div class="row"><Button kind="primary" type="submit" busy={form.busy}>{words.change}</Button></div>
      </form>
    </section>
  );
}

interface Ends {
  readonly onEnded: () => void;
}

/** Deletes what is at a path, and says what that meant. */
function useEnding(path: string, said: string, onEnded: () => void) {
  const busy = useSignal(false);
  const end = async () => {
    busy.value = true;
    try {
      await del(path);
      toast(said);
      onEnded();
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    } finally {
      busy.value = false;
    }
  };
  return { busy: busy.value, end };
}

function Row({ session, onEnded }: Ends & { readonly session: OpenSession }) {
  const { busy, end } = useEnding(`/auth/sessions/${session.id}`, words.ended, onEnded);
  const client = nameOf(session.client);
  return (
    <div class={styles.session}>
      <Icon name="globe" size={22} />
      <span title={session.client}><b>{client}</b><span class="muted">{session.current ? words.thisOne : words.used(session.used_at)}</span></span>
      {!session.current && <Button busy={busy} onClick={end} aria-label={words.endNamed(client)}>{words.end}</Button>}
    </div>
  );
}

function EndOthers({ onEnded }: Ends) {
  const { busy, end } = useEnding("/auth/sessions", words.endedAll, onEnded);
  return <div class="row"><Button icon="logout" busy={busy} onClick={end}>{words.endOthers}</Button></div>;
}

const BROWSERS: readonly (readonly [RegExp, string])[] = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrom(e|ium)\//, "Chrome"], [/Safari\//, "Safari"]];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [[/iPhone|iPad/, "iOS"], [/Android/, "Android"], [/Windows/, "Windows"], [/Mac OS/, "macOS"], [/Linux/, "Linux"]];

/** Returns the browser and system that a User-Agent names: "Firefox · Linux". */
function nameOf(client: string): string {
  const known = [BROWSERS, SYSTEMS].flatMap((names) => names.find(([pattern]) => pattern.test(client))?.[1] ?? []);
  return known.join(" · ") || client || words.unknown;
}
