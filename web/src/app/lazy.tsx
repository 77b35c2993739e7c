import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { toast } from "../kit/toast";
import { words } from "../strings/common";

/** Returns a component whose code is loaded when it is first shown; nothing is shown until then. */
export function lazy<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): ComponentType<P> {
  let kept: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const Component = useSignal(kept);
    useEffect(() => {
      if (!kept) load().then((module) => (Component.value = kept = module.default), () => toast(words.newVersion));
    }, []);
    return Component.value && <Component.value {...props} />;
  };
}
