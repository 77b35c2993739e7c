/** Taking one's data along, and leaving. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { del, get, post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { DataExport, PurgeDate } from "../../api/types.gen";
import { navigate } from "../../app/router";
import { keep, kept } from "../../kept";
import { Button } from "../../kit/button";
import { TextField } from "../../kit/field";
import { toast, toastProblem } from "../../kit/toast";
import { become, me } from "../../session/session";
import { data as words } from "../../strings/settings";
import { Confirm } from "./confirm";
import styles from "./settings.module.css";

const ASK_EVERY_MS = 1500;

export function Data() {
  return (
    <div class={styles.parts}>
      <Export />
      <Leave />
    </div>
  );
}

function Export() {
  const name = `export.${me.value?.id}`;
  const copy = useSignal<DataExport | null>(null);
  const asked = useSignal(kept(name));
  useEffect(() => {
    const id = asked.value;
    if (!id) return;
    const end = new AbortController();
    void follow(id, end.signal, (found) => (copy.value = found), () => (asked.value = null));
    return () => end.abort();
  }, [asked.value]);
  const start = async () => {
    try {
      copy.value = await post<DataExport>("/users/me/export");
      asked.value = copy.value.id;
      keep(name, copy.value.id);
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    }
  };
  const state = copy.value?.url ? "ready" : copy.value?.status === "failed" ? "failed" : asked.value ? "working" : "none";
  return (
    <section class="card">
      <h2>{words.export}</h2>
      <p class="muted">{words.exportDetail}</p>
      <p role="status" class={styles.said}>{state === "none" ? "" : words[state]}</p>
      <div class="row">
        {state === "ready" && <a class={styles.download} href={copy.value!.url!} download>{words.download}</a>}
        <Button icon="download" busy={state === "working"} onClick={start}>{state === "ready" ? words.again : words.start}</Button>
      </div>
    </section>
  );
}

/** Asks how far a copy is until it is done; one that isn't known any more is forgotten. */
async function follow(id: string, signal: AbortSignal, show: (found: DataExport) => void, forget: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      const found = await get<DataExport>(`/users/me/exports/${id}`, { signal });
      show(found);
      if (found.url || found.status === "failed") return;
    } catch (thrown) {
      if (signal.aborted || !asProblem(thrown).isPassing) return forget();
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

function Leave() {
  const asks = useSignal(false);
  const leave = async (form: FormData) => {
    const { purge_at } = await del<PurgeDate>("/users/me", { body: { password: form.get("password") } });
    become(null);
    navigate("/");
    toast(words.left(purge_at));
  };
  return (
    <section class="card">
      <h2>{words.leave}</h2>
      <p class="muted">{words.leaveDetail}</p>
      <div class="row"><Button kind="danger" icon="trash" onClick={() => (asks.value = true)}>{words.leaveAct}</Button></div>
      {asks.value && (
        <Confirm title={words.leaveTitle} detail={words.leaveDetail} action={words.leaveAct} act={leave} close={() => (asks.value = false)}>
          {(form) => <TextField label={words.password} name="password" type="password" form={form} autoComplete="current-password" autofocus required />}
        </Confirm>
      )}
    </section>
  );
}
