import { useEffect, useRef } from "preact/hooks";
import styles from "./kit.module.css";

interface TabsProps<T extends string> {
  readonly label: string;
  readonly tabs: readonly { readonly id: T; readonly label: string }[];
  readonly value: T;
  readonly onChange: (id: T) => void;
}

/** Tabs over one panel, which the caller renders with `role="tabpanel"` and the tab's name. */
export function Tabs<T extends string>({ label, tabs, value, onChange }: TabsProps<T>) {
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.id === value);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const target = next % tabs.length;
    onChange(tabs[target]!.id);
    (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=tab]")[target]?.focus();
  };
  return (
    <div class={styles.tabs} role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map((tab) => (
        <button key={tab.id} type="button" role="tab" aria-selected={tab.id === value} tabIndex={tab.id === value ? 0 : -1} onClick={() => onChange(tab.id)}>
          {tab.label}
        </button>
      ))}
    </div>
  );
}

interface NavTabsProps {
  readonly label: string;
  readonly links: readonly { readonly href: string; readonly label: string; readonly current: boolean }[];
}

/** Links to sibling screens that look like tabs. */
export function NavTabs({ label, links }: NavTabsProps) {
  const nav = useRef<HTMLElement>(null);
  const current = links.find((link) => link.current)?.href;
  useEffect(() => nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [current]);
  return (
    <nav ref={nav} class={styles.tabs} aria-label={label}>
      {links.map(({ href, label: text, current }) => <a key={href} href={href} aria-current={current ? "page" : undefined}>{text}</a>)}
    </nav>
  );
}
