/** Who was here last, so that the first feed needn't wait until the server has said who is. */
import { effect } from "@preact/signals";
import { keep, kept } from "../kept";
import { me } from "./session";

const NAME = "known";

export const wasSignedIn = (): boolean => kept(NAME) !== null;

effect(() => {
  if (me.value !== undefined) keep(NAME, me.value ? "yes" : null);
});
