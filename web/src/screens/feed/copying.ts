/** Puts a text on the clipboard, also where the page isn't a secure context. Returns whether it did. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
