/** Whom one has blocked, and letting them back. */
import { useSignal } from "@preact/signals";
import { del, put } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { UserRef } from "../../api/types.gen";
import { Button } from "../../kit/button";
import { InfiniteList, usePages } from "../../kit/list";
import { PersonRow } from "../../kit/person";
import { Empty } from "../../kit/states";
import { toastProblem } from "../../kit/toast";
import { people } from "../../strings/people";
import { blocked as words } from "../../strings/settings";

export function Blocks() {
  const pages = usePages<UserRef>("/users/me/blocks");
  return (
    <InfiniteList label={words.label} pages={pages} keyOf={({ id }) => id} empty={<Empty icon="block" title={words.empty} detail={words.emptyDetail} />}>
      {(person) => <PersonRow person={person}><BlockToggle person={person} /></PersonRow>}
    </InfiniteList>
  );
}

/** Stays where it is after unblocking, so that a slip can be put right. */
function BlockToggle({ person }: { readonly person: UserRef }) {
  const isBlocked = useSignal(true);
  const busy = useSignal(false);
  const change = async () => {
    busy.value = true;
    try {
      await (isBlocked.peek() ? del : put)(`/users/${person.id}/block`);
      isBlocked.value = !isBlocked.peek();
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    } finally {
      busy.value = false;
    }
  };
  return <Button busy={busy.value} onClick={change} aria-label={`${isBlocked.value ? people.unblock : people.block} @${person.username}`}>{isBlocked.value ? people.unblock : people.block}</Button>;
}
