/** One's own profile with its version, and how to change it. */
import { patch } from "../../api/client";
import { asProblem, Problem } from "../../api/problem";
import type { Me, ProfileChanges } from "../../api/types.gen";
import { useResource, type Resource } from "../../kit/resource";
import { become } from "../../session/session";
import { people as words } from "../../strings/people";

export interface Own {
  readonly resource: Resource<Me>;
  /** Saves only over the version that was read; throws a Problem, and reads anew, where that has changed. */
  readonly save: (changes: ProfileChanges) => Promise<void>;
}

export function useOwn(): Own {
  const resource = useResource<Me>("/users/me");
  const save = async (changes: ProfileChanges) => {
    try {
      become(await patch<Me>("/users/me", changes, { etag: resource.etag.peek() }));
      await resource.reload();
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code !== "precondition_failed") throw problem;
      await resource.reload();
      throw new Problem(problem.code, problem.title, words.changedElsewhere, problem.status);
    }
  };
  return { resource, save };
}
