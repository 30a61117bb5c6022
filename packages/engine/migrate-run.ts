// A run goes on with another definition: every step under way is found there again, or the run stays what it is.
import type { Workflow } from "@baton/dsl";
import { resume } from "./advance.ts";
import { definitionOf } from "./definitions.ts";
import { moveStanding } from "./move.ts";
import { encodeStanding } from "./snapshot.ts";
import type { RunState } from "./state.ts";
import { emit, stateOf, type Turn } from "./turn.ts";

const none: readonly string[] = [];

/** What would be lost if the run went on with that definition; none: it can. */
export function migrationProblems(from: Workflow, state: RunState, to: Workflow): readonly string[] {
  const moved = moveStanding(from, state, to);
  return moved.ok ? none : moved.problems;
}

/** Goes on with the turn's definition. What the run waits for stays the same. */
export function migrateRun(turn: Turn): void {
  const state = stateOf(turn);
  const to = turn.workflow;
  const moved = moveStanding(definitionOf(to, state.workflow), state, to);
  if (!moved.ok) return;
  const { namespace, name, version } = to;
  emit(turn, { type: "RunMigrated", workflow: { namespace, name, version }, standing: encodeStanding(moved.standing) });
  resume(turn);
}
