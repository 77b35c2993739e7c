/** Light, dark, or as the system has it. */
import { signal } from "@preact/signals";
import { keep, kept } from "./kept";

export type Theme = "system" | "light" | "dark";

export const theme = signal<Theme>((kept("theme") as Theme | null) ?? "system");

export function setTheme(choice: Theme): void {
  theme.value = choice;
  keep("theme", choice === "system" ? null : choice);
  applyTheme();
}

export function applyTheme(): void {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}
