/** Light, dark, or as the device has it. */
import { words as common } from "../../strings/common";
import { looks as words } from "../../strings/settings";
import { setTheme, theme, type Theme } from "../../theme";
import styles from "./settings.module.css";

export function Appearance() {
  return (
    <fieldset class={styles.choices} aria-label={`${common.brand}: ${words.legend}`}>
      <legend>{words.legend}</legend>
      {Object.entries(words.choices).map(([id, label]) => (
        <label key={id}><input type="radio" name="theme" value={id} checked={theme.value === id} onChange={() => setTheme(id as Theme)} /><span>{label}</span></label>
      ))}
    </fieldset>
  );
}
