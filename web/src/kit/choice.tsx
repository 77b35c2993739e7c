/** One of a few: radio buttons that look like a row of pieces. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import styles from "./choice.module.css";

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly label: ComponentChildren }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
  /** `pieces` in one row, `cards` that wrap and may hold a picture. */
  readonly look?: "pieces" | "cards";
  readonly hideLabel?: boolean;
}

export function Choice<T extends string>({ label, options, value, onChange, look = "pieces", hideLabel = false }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class={styles.choice}>
      <legend class={hideLabel ? "visually-hidden" : ""}>{label}</legend>
      <div class={styles[look]}>
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={name} value={option.value} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** The value in words, shown and read out. */
  readonly shown: string;
  readonly onInput: (value: number) => void;
}

/** A number between two others. */
export function Slider({ label, value, min, max, step, shown, onInput }: SliderProps) {
  const id = useId();
  return (
    <div class={styles.slider}>
      <label for={id}>{label}</label>
      <output for={id} class="tabular">{shown}</output>
      <input id={id} type="range" {...{ min, max, step, value }} aria-valuetext={shown} onInput={(event) => onInput(event.currentTarget.valueAsNumber)} />
    </div>
  );
}
