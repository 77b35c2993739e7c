/** What everybody should know: that the line is down, or that the service does without a part. */
import { signal, useSignal } from "@preact/signals";
import { degraded } from "../api/client";
import { Icon } from "../kit/icon";
import { IconButton } from "../kit/button";
import { toast } from "../kit/toast";
import { words } from "../strings/common";
import styles from "./shell.module.css";

export const isOnline = signal(navigator.onLine);
addEventListener("offline", () => (isOnline.value = false));
addEventListener("online", () => {
  isOnline.value = true;
  toast(words.online);
});

export function Banners() {
  const dismissed = useSignal("");
  const parts = degraded.value.join(",");
  return (
    <div role="status" class={styles.banners}>
      {!isOnline.value && <p class={styles.banner}><Icon name="offline" size={18} />{words.offline}</p>}
      {isOnline.value && parts !== "" && parts !== dismissed.value && (
        <p class={styles.banner}>
          <Icon name="info" size={18} />
          <span>{words.degraded}</span>
          <IconButton icon="close" label={words.dismiss} size={18} onClick={() => (dismissed.value = parts)} />
        </p>
      )}
    </div>
  );
}
