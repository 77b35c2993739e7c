/** Addresses of screens: reading, changing, and going back to where one was. */
import { signal } from "@preact/signals";

export interface Location {
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names the entry of the history; lists and scroll positions are kept by it. */
  readonly key: string;
  /** How many entries of ours are behind it. */
  readonly depth: number;
}

export type Params = Readonly<Record<string, string>>;

history.scrollRestoration = "manual";
const scrolls = new Map<string, number>();

function read(): Location {
  const state = history.state as { key?: string; depth?: number } | null;
  const path = decodeURI(location.pathname).replace(/(.)\/+$/, "$1");
  return { path, query: new URLSearchParams(location.search), key: state?.key ?? "first", depth: state?.depth ?? 0 };
}

/** Where we are. */
export const here = signal<Location>(read());

/** Goes to a path of the client; `replace` leaves no way back to this one. */
export function navigate(path: string, { replace = false }: { replace?: boolean } = {}): void {
  keepScroll();
  const depth = here.value.depth + (replace ? 0 : 1);
  const state = { key: Math.random().toString(36).slice(2), depth };
  if (replace) history.replaceState(state, "", path);
  else history.pushState(state, "", path);
  here.value = read();
}

/** Goes back, or to `fallback` where the viewer came from outside. */
export function goBack(fallback = "/"): void {
  if (here.value.depth > 0) history.back();
  else navigate(fallback, { replace: true });
}

/** Changes what follows the path, as a filter does, without a new entry in the history. */
export function setQuery(changes: Readonly<Record<string, string | null>>): void {
  const query = new URLSearchParams(here.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  history.replaceState(history.state, "", here.value.path + (query.size > 0 ? `?${query}` : ""));
  here.value = { ...here.value, query };
}

/** Returns how far this entry of the history was scrolled when it was left. */
export const scrollOf = (key: string): number => scrolls.get(key) ?? 0;

function keepScroll(): void {
  scrolls.set(here.value.key, window.scrollY);
}

/** Returns the parameters of a pattern like `/v/:id` in a path, or null. */
export function match(pattern: string, path: string): Params | null {
  const names = [...pattern.matchAll(/:(\w+)/g)].map((found) => found[1]!);
  const found = new RegExp(`^${pattern.replace(/:\w+/g, "([^/]+)")}$`).exec(path);
  return found && Object.fromEntries(names.map((name, at) => [name, found[at + 1]!]));
}

/** Lets links be links: those of the client change the screen, all others leave the page. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest?.("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/media/") || link.pathname.startsWith("/api/")) return;
  event.preventDefault();
  if (link.href === location.href) window.scrollTo({ top: 0 });
  else navigate(link.pathname + link.search);
}

addEventListener("popstate", () => {
  keepScroll();
  here.value = read();
});
document.addEventListener("click", follow);
