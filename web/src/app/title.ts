import { useEffect } from "preact/hooks";
import { words } from "../strings/common";

/** Names the page after what it shows. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · ${words.brand}` : words.brand;
  }, [title]);
}
