// A faulted run goes on: what was around the failure is under way again, and every time limit of it begins anew.
import type { Instant } from "@baton/core";
import { resume } from "./advance.ts";
import { instantAfter } from "./evaluate.ts";
import { wantsOf } from "./outstanding.ts";
import { scopeOf, type Scope } from "./scope.ts";
import { encodeStanding, type Standing } from "./snapshot.ts";
import { rootId, type Frame, type RunState } from "./state.ts";
import { attemptBound, limitOf } from "./tasks/try.ts";
import { emit, stateOf, type Turn } from "./turn.ts";
import { Raised } from "./workflow-error.ts";

/** Goes on from where the run failed. */
export function retryRun(turn: Turn, standing: Standing): void {
  emit(turn, { type: "RunRetried", standing: encodeStanding(renewed(turn, stateOf(turn), standing)) });
  askAgain(turn);
  resume(turn);
}

/** Asks for what the steps under way wait for; `emit` has seen to the run's own timer. */
export function askAgain({ workflow, facts, effects, draft }: Turn): void {
  if (draft === null) return;
  for (const frame of draft.frames.values()) if (frame.id !== rootId) effects.push(...wantsOf(workflow, draft, facts, frame));
}

/** A standing whose time limits begin now. */
export function renewed(turn: Turn, run: RunState, standing: Standing): Standing {
  const state = { ...run, ...standing };
  const frames = new Map([...standing.frames].map(([id, frame]) => [id, renewedFrame(turn, state, frame)]));
  return { ...standing, frames };
}

function renewedFrame(turn: Turn, state: RunState, frame: Frame): Frame {
  const scope = scopeOf(turn.workflow, state, turn.facts, frame);
  const { task, progress } = frame;
  const deadline = frame.deadline === null ? null : evaluated(frame.deadline, () => deadlineOf(turn, scope, frame));
  if (task.kind !== "try" || progress.kind !== "trying") return { ...frame, deadline };
  const bounds = {
    deadline: progress.deadline && evaluated(progress.deadline, () => attemptBound(scope, frame, task).deadline),
    limit: progress.limit && evaluated(progress.limit, () => limitOf(scope, frame, task).limit),
  };
  return { ...frame, deadline, progress: { ...progress, ...bounds } };
}

function deadlineOf({ workflow, facts }: Turn, scope: Scope, { id, task, input }: Frame): Instant | undefined {
  const timeout = id === rootId ? workflow.timeout : task.timeout;
  return timeout && instantAfter(scope, timeout, input, facts.now);
}

/** What can be evaluated no more stays as it was. */
function evaluated(old: Instant, evaluation: () => Instant | undefined): Instant {
  try {
    return evaluation() ?? old;
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    return old;
  }
}
