/** Choosing a file, by dropping it or from the device. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Button } from "../../kit/button";
import { Icon } from "../../kit/icon";
import { upload } from "../../strings/upload";
import { ACCEPT, reproach } from "./files";
import styles from "./upload.module.css";

export function Pick({ onPick }: { readonly onPick: (file: File) => void }) {
  const over = useSignal(false);
  const wrong = useSignal<string | null>(null);
  const take = (files: readonly File[]) => {
    over.value = false;
    wrong.value = reproach(files);
    if (wrong.value === null) onPick(files[0]!);
  };
  const hover = (event: DragEvent) => {
    event.preventDefault();
    over.value = event.type !== "dragleave";
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    take([...(event.dataTransfer?.files ?? [])]);
  };
  return (
    <div class="page narrow">
      <h1 tabIndex={-1}>{upload.title}</h1>
      <div class={`${styles.drop} ${over.value ? styles.over : ""}`} onDragOver={hover} onDragLeave={hover} onDrop={drop}>
        <span class={styles.dropIcon}><Icon name="upload" size={36} /></span>
        <p><b>{over.value ? upload.dropNow : upload.drop}</b></p>
        <FileButton label={upload.pick} onFiles={take} />
        <p class="muted">{upload.limits}</p>
      </div>
      <div role="alert">{wrong.value && <p class={styles.wrong}><Icon name="warning" size={20} />{wrong.value}</p>}</div>
    </div>
  );
}

/** A button that opens the device's choice of files. */
export function FileButton({ label, onFiles }: { readonly label: string; readonly onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const take = () => {
    const files = [...(input.current!.files ?? [])];
    input.current!.value = ""; // the same one may be chosen again
    if (files.length > 0) onFiles(files);
  };
  return (
    <>
      <input ref={input} type="file" accept={ACCEPT} hidden data-testid="file" onChange={take} />
      <Button kind="primary" icon="plus" onClick={() => input.current!.click()}>{label}</Button>
    </>
  );
}
