/** A button that opens a short list of things to do. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./button";
import { Icon, type IconName } from "./icon";
import styles from "./kit.module.css";

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  readonly danger?: boolean;
  readonly run: () => void;
}

interface MenuProps {
  readonly label: string;
  readonly icon?: IconName;
  readonly items: readonly MenuItem[];
}

export function Menu({ label, icon = "more", items }: MenuProps) {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const id = useId();
  const entries = () => [...(root.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const close = (refocus: boolean) => {
    open.value = false;
    if (refocus) root.current?.querySelector("button")?.focus();
  };
  useEffect(() => {
    if (!open.value) return;
    entries()[0]?.focus();
    const outside = (event: PointerEvent) => !root.current?.contains(event.target as Node) && close(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open.value]);
  const move = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (step !== undefined) all[step % all.length]?.focus();
    else if (event.key === "Escape") close(true);
    else if (event.key === "Tab") return close(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={root} class={styles.menu}>
      <IconButton icon={icon} label={label} aria-haspopup="menu" aria-expanded={open.value} aria-controls={open.value ? id : undefined} onClick={() => (open.value = !open.value)} />
      {open.value && (
        <div id={id} role="menu" aria-label={label} class={styles.menuList} onKeyDown={move}>
          {items.map((item) => (
            <button key={item.label} type="button" role="menuitem" tabIndex={-1} class={item.danger ? styles.dangerText : ""} onClick={() => { close(true); item.run(); }}>
              {item.icon && <Icon name={item.icon} size={20} />}
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
