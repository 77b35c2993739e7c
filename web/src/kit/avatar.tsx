import type { UserRef } from "../api/types.gen";
import styles from "./kit.module.css";

interface Props {
  readonly person: Pick<UserRef, "username" | "display_name"> & { readonly avatar_url?: string | null };
  readonly size?: number;
}

/** A person's picture, or their first letter on a colour of their own. Words stand beside it. */
export function Avatar({ person, size = 40 }: Props) {
  const style = { width: `${size}px`, height: `${size}px`, fontSize: `${Math.round(size * 0.44)}px` };
  if (person.avatar_url) return <img class={styles.avatar} style={style} src={person.avatar_url} alt="" loading="lazy" />;
  return <span class={`${styles.avatar} ${styles[`hue${hueOf(person.username)}`]}`} style={style} aria-hidden="true">{initialOf(person)}</span>;
}

const HUES = 6;

function hueOf(username: string): number {
  return [...username].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES;
}

function initialOf({ display_name, username }: Props["person"]): string {
  return [...(display_name || username)][0]?.toUpperCase() ?? "";
}
