/** What went wrong, in words that can be shown. */
import type { Problem as Document } from "./types.gen";
import { words } from "../strings/common";

export type ProblemCode = Document["code" & keyof Document] | "offline" | "unknown" | (string & {});

export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    readonly code: ProblemCode,
    readonly title: string,
    readonly detail: string,
    readonly status = 0,
    /** Seconds after which it is worth trying again; 0 where nothing was said. */
    readonly retryAfter = 0,
    /** What a field is reproached with, by its JSON pointer without the first slash. */
    readonly fields: Readonly<Record<string, string>> = {},
    /** Everything else that the document said, as `until` and `reason` of a ban. */
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail || title);
  }

  /** Whether the same request may well succeed later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Returns the problem that an answer describes; any body will do. */
export function problemOf(status: number, retryAfter: number, text: string): Problem {
  try {
    const { code, title, detail, errors = [], ...extra } = JSON.parse(text);
    const fields = Object.fromEntries(
      errors.map((error: { pointer: string; detail: string }) => [error.pointer.replace(/^\//, ""), error.detail]),
    );
    return new Problem(code ?? "unknown", title ?? words.failed, detail ?? "", status, retryAfter, fields, extra);
  } catch {
    return new Problem("unknown", words.failed, words.serverAnswered(status), status, retryAfter);
  }
}

/** Returns anything that was thrown as a problem. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem("unknown", words.failed, thrown instanceof Error ? thrown.message : String(thrown));
}
