/** A dialog: from the bottom on phones, in the middle elsewhere, or at the side of the feed. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { words } from "../strings/common";
import { IconButton } from "./button";
import styles from "./kit.module.css";

interface SheetProps {
  readonly title: string;
  readonly onClose: () => void;
  /** `side` leaves the video beside it visible on wide screens. */
  readonly place?: "centre" | "side";
  readonly children: ComponentChildren;
  /** Stays in sight below what scrolls. */
  readonly foot?: ComponentChildren;
  readonly testId?: string;
}

/** Open as long as it is rendered. The browser keeps the focus inside, and gives it back. */
export function Sheet({ title, onClose, place = "centre", children, foot, testId }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current!;
    const before = document.activeElement as HTMLElement | null;
    element.showModal();
    (element.querySelector<HTMLElement>("[autofocus]") ?? element.querySelector("h2"))?.focus();
    return () => {
      element.close();
      if (before?.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const closeOutside = (event: MouseEvent) => {
    if (event.target === dialog.current) onClose();
  };
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog ref={dialog} class={`${styles.sheet} ${styles[place]}`} aria-labelledby={heading} onCancel={cancel} onPointerDown={closeOutside} data-testid={testId}>
      <div class={styles.sheetInside}>
        <header class={styles.sheetHead}>
          <h2 id={heading} tabIndex={-1}>{title}</h2>
          <IconButton icon="close" label={words.close} onClick={onClose} />
        </header>
        <div class={styles.sheetBody}>{children}</div>
        {foot && <footer class={styles.sheetFoot}>{foot}</footer>}
      </div>
    </dialog>
  );
}
