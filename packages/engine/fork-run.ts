// A run that takes the history of another one before a step as its own, and goes on from there.
import { resume } from "./advance.ts";
import type { Command } from "./commands.ts";
import { askAgain, renewed } from "./retry-run.ts";
import { encodeStanding } from "./snapshot.ts";
import { emit, stateOf, type Turn } from "./turn.ts";

/** Begins the run; the turn's state is that of the other one, before the step. */
export function forkRun(turn: Turn, { runId, from, standing }: Extract<Command, { type: "ForkRun" }>): void {
  const { namespace, name, version } = turn.workflow;
  const fresh = renewed(turn, { ...stateOf(turn), id: runId }, standing);
  emit(turn, { type: "RunForked", runId, workflow: { namespace, name, version }, from, standing: encodeStanding(fresh) });
  askAgain(turn);
  resume(turn);
}
