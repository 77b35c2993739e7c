/** The search field with its suggestions: a combobox, as the ARIA Authoring Practices describe it. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { get } from "../../api/client";
import type { Suggestion, Suggestions } from "../../api/types.gen";
import { navigate } from "../../app/router";
import { IconButton } from "../../kit/button";
import { Icon, type IconName } from "../../kit/icon";
import { search as words } from "../../strings/search";
import styles from "./search.module.css";

const PAUSE_MS = 250; // of typing, before it is worth asking
const ICONS: Record<Suggestion["type"], IconName> = { hashtag: "hash", user: "user", sound: "music" };

interface Props {
  readonly query: string;
  readonly onSearch: (text: string, kind: string | undefined) => void;
}

export function Box({ query, onSearch }: Props) {
  const typed = useSignal(query);
  const found = useSignal<readonly Suggestion[]>([]);
  const at = useSignal(-1);
  const asked = useRef<AbortController>(null!);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    typed.value = query;
  }, [query]);
  useEffect(() => () => asked.current?.abort(), []);

  const close = () => {
    asked.current?.abort();
    found.value = [];
    at.value = -1;
  };
  const type = (text: string) => {
    typed.value = text;
    at.value = -1;
    asked.current?.abort();
    asked.current = new AbortController();
    void suggest(text.trim(), asked.current.signal).then((suggestions) => suggestions && (found.value = suggestions));
  };
  const search = (text: string, kind?: string) => {
    close();
    onSearch(text, kind);
  };
  const take = ({ text, type: kind }: Suggestion) => {
    close();
    if (kind === "hashtag") navigate(`/tag/${encodeURIComponent(text.replace(/^#/, ""))}`);
    else if (kind === "user") navigate(`/@${text.replace(/^@/, "")}`);
    else search(text, "sounds");
  };
  const press = (event: KeyboardEvent) => {
    const count = found.value.length;
    if (event.key === "Escape" && count > 0) close();
    else if (event.key === "ArrowDown" && count > 0) at.value = (at.value + 1) % count;
    else if (event.key === "ArrowUp" && count > 0) at.value = (at.value <= 0 ? count : at.value) - 1;
    else if (event.key === "Enter" && at.value >= 0) take(found.value[at.value]!);
    else return;
    event.preventDefault();
  };
  const isOpen = found.value.length > 0;
  return (
    <form role="search" class={styles.box} onSubmit={(event) => { event.preventDefault(); search(typed.peek()); }} onFocusOut={(event) => !event.currentTarget.contains(event.relatedTarget as Node) && close()}>
      <Icon name="search" size={20} />
      <input
        ref={input} type="text" inputMode="search" enterKeyHint="search" name="q" maxLength={100} value={typed.value} placeholder={words.placeholder} aria-label={words.field}
        autoComplete="off" autoCapitalize="none" spellcheck={false} role="combobox" aria-expanded={isOpen} aria-controls={`${id}-list`} aria-autocomplete="list"
        aria-activedescendant={at.value >= 0 ? `${id}-${at.value}` : undefined} onInput={(event) => type(event.currentTarget.value)} onKeyDown={press}
      />
      {typed.value && <IconButton icon="close" size={20} label={words.clear} onClick={() => { search(""); typed.value = ""; input.current?.focus(); }} />}
      <ul id={`${id}-list`} role="listbox" aria-label={words.suggestions} class={styles.suggestions} hidden={!isOpen}>
        {found.value.map((each, index) => (
          <li key={`${each.type} ${each.text}`} id={`${id}-${index}`} role="option" aria-selected={index === at.value} onPointerDown={(event) => event.preventDefault()} onClick={() => take(each)}>
            <Icon name={ICONS[each.type]} size={20} /><span>{each.text}</span><span class="muted">{words.kinds[each.type]}</span>
          </li>
        ))}
      </ul>
    </form>
  );
}

/** Returns what somebody may be about to look for; null where they have typed on, or nothing came. */
async function suggest(text: string, signal: AbortSignal): Promise<readonly Suggestion[] | null> {
  if (!text) return [];
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  if (signal.aborted) return null;
  try {
    const { suggestions } = await get<Suggestions>("/search/suggest", { query: { q: text }, signal });
    return signal.aborted ? null : suggestions;
  } catch {
    return null; // it is only a help
  }
}
