import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icon";
import styles from "./kit.module.css";

type Native = Omit<JSX.IntrinsicElements["button"], "icon" | "size" | "label">;

interface ButtonProps extends Native {
  readonly kind?: "primary" | "plain" | "quiet" | "danger";
  readonly icon?: IconName;
  /** Shows that it is at work, and keeps it from being pressed again. */
  readonly busy?: boolean;
  /** Makes it a link that looks like a button. */
  readonly href?: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

export function Button({ kind = "plain", icon, busy = false, href, wide = false, children, class: extra = "", disabled, ...rest }: ButtonProps) {
  const classes = [styles.button, styles[kind], wide ? styles.full : "", extra].join(" ");
  const inside = (
    <>
      {busy ? <span class={styles.spinner} /> : icon && <Icon name={icon} size={20} />}
      <span>{children}</span>
    </>
  );
  if (href) return <a class={classes} href={href}>{inside}</a>;
  return <button type="button" class={classes} disabled={Boolean(disabled) || busy} aria-busy={busy} {...rest}>{inside}</button>;
}

interface IconButtonProps extends Native {
  readonly icon: IconName;
  readonly label: string;
  readonly size?: number;
  readonly filled?: boolean;
}

/** A round button that shows only an icon; its label is read, and shown as a hint. */
export function IconButton({ icon, label, size = 24, filled = false, class: extra = "", ...rest }: IconButtonProps) {
  return (
    <button type="button" class={`${styles.round} ${extra}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} size={size} filled={filled} />
    </button>
  );
}
