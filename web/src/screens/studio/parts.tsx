/** What the studio's screens share. */
import type { Video } from "../../api/types.gen";
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { del, post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Retention } from "../../api/types.gen";
import { here } from "../../app/router";
import { formatDay } from "../../i18n";
import { Button } from "../../kit/button";
import { Icon } from "../../kit/icon";
import { Sheet } from "../../kit/sheet";
import { NavTabs } from "../../kit/tabs";
import { toast, toastProblem } from "../../kit/toast";
import { words } from "../../strings/common";
import { studio } from "../../strings/studio";
import styles from "./studio.module.css";

export function StudioHead({ children }: { readonly children?: ComponentChildren }) {
  const { path } = here.value;
  const links = [
    { href: "/studio", label: studio.overview, current: path === "/studio" },
    { href: "/studio/videos", label: studio.videos, current: path === "/studio/videos" },
  ];
  return (
    <>
      <div class="page-head"><h1 tabIndex={-1}>{studio.title}</h1>{children}</div>
      <NavTabs label={studio.sections} links={links} />
    </>
  );
}

export const nameOf = (video: Video): string => video.description.trim() || studio.untitled;

/** A video's poster, or a clock while it has none. */
export function Poster({ video, size = "small" }: { readonly video: Video; readonly size?: "small" | "large" }) {
  const { playback } = video;
  return (
    <span class={`${styles.poster} ${styles[size]}`}>
      {playback ? <img src={playback.poster_url} alt="" loading="lazy" style={{ backgroundImage: `url("${playback.placeholder}")` }} /> : <Icon name="clock" size={22} />}
    </span>
  );
}

/** Rows of a number in a table, for those who read better than they see lines. */
export function Table({ heads, rows }: { readonly heads: readonly string[]; readonly rows: () => readonly (readonly string[])[] }) {
  const open = useSignal(false);
  return (
    <details class={styles.table} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{studio.asTable}</summary>
      {open.value && (
        <div class={styles.tableScroll} tabIndex={0} role="region" aria-label={studio.asTable}>
          <table>
            <thead><tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
            <tbody>{rows().map((row) => <tr key={row[0]}>{row.map((cell, at) => (at === 0 ? <th key={at} scope="row">{cell}</th> : <td key={at}>{cell}</td>))}</tr>)}</tbody>
          </table>
        </div>
      )}
    </details>
  );
}

interface ConfirmProps {
  readonly id: string;
  readonly onClose: () => void;
  /** Called with false once it is deleted, with true once that is undone. */
  readonly onChange: (isBack: boolean) => void;
}

/** Asks before deleting; can be undone right after. */
export function ConfirmDelete({ id, onClose, onChange }: ConfirmProps) {
  const busy = useSignal(false);
  const remove = async () => {
    busy.value = true;
    try {
      const { retain_until: until } = await del<Retention>(`/videos/${id}`, { body: {} });
      onClose();
      onChange(false);
      toast(studio.removed(formatDay(until)), { label: studio.actions.undo, run: () => void restore(id).then((isBack) => isBack && onChange(true)) });
    } catch (thrown) {
      toastProblem(asProblem(thrown));
      busy.value = false;
    }
  };
  const foot = (
    <div class={styles.confirm}>
      <Button onClick={onClose}>{words.cancel}</Button>
      <Button kind="danger" icon="trash" busy={busy.value} onClick={remove}>{studio.confirm.yes}</Button>
    </div>
  );
  return <Sheet title={studio.confirm.title} onClose={onClose} foot={foot}><p>{studio.confirm.detail}</p></Sheet>;
}

/** Brings a deleted video back; returns whether that worked. */
export async function restore(id: string): Promise<boolean> {
  try {
    await post(`/videos/${id}/restore`);
    toast(studio.restored);
    return true;
  } catch (thrown) {
    toastProblem(asProblem(thrown));
    return false;
  }
}
