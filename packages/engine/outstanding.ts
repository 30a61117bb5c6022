// What a run is waiting for, as effects: a restart asks for all of it again. They are the effects that were issued
// first, under the same ids, because both come from the same rules with the step's own start as `now`.
import type { Workflow } from "@baton/dsl";
import { answeredBy } from "./commands.ts";
import { awaitsSlot } from "./concurrency.ts";
import type { Effect } from "./effects.ts";
import type { Facts } from "./facts.ts";
import { scopeOf } from "./scope.ts";
import { awaitsAnswer, isFinal, isReady, someFrame, timersOf, type Frame, type RunState } from "./state.ts";
import { subscriptionsOf } from "./subscriptions.ts";
import { rulesOf } from "./tasks/index.ts";
import { Raised } from "./workflow-error.ts";

/** The effects that are issued and not yet answered. */
export function outstandingEffects(workflow: Workflow, state: RunState, facts: Facts): Effect[] {
  const effects: Effect[] = [];
  const answered = new Set(state.deferred.map(answeredBy));
  for (const frame of state.frames.values()) {
    effects.push(...wantsOf(workflow, state, facts, frame, answered));
  }
  if (state.slot !== null && awaitsSlot(state)) effects.push({ type: "claimSlot", slot: state.slot });
  if (mustContinue(state)) effects.push({ type: "sendCommand", command: { type: "ContinueRun" } });
  return effects;
}

const none: ReadonlySet<string> = new Set();

/** What one step waits for, but for what is answered already. */
export function wantsOf(workflow: Workflow, state: RunState, facts: Facts, frame: Frame, answered = none): readonly Effect[] {
  const effects: Effect[] = [];
  for (const { timer, at } of timersOf(frame)) if (!answered.has(timer)) effects.push({ type: "setTimer", timer, at });
  for (const wanted of subscriptionsOf(frame)) effects.push({ type: "setSubscription", ...wanted });
  if (awaitsAnswer(frame) && !answered.has(String(frame.id))) effects.push(...asksOf(workflow, state, facts, frame));
  return effects;
}

/** A request that cannot be evaluated any more (a secret is gone) is answered in the world's place. */
function asksOf(workflow: Workflow, state: RunState, facts: Facts, frame: Frame): readonly Effect[] {
  const scope = scopeOf(workflow, state, { ...facts, now: frame.startedAt }, frame);
  try {
    return rulesOf(frame).asks?.(scope, frame, frame.task) ?? [];
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    return [{ type: "sendCommand", command: { type: "FailWork", step: frame.id, fault: error.error } }];
  }
}

function mustContinue(state: RunState): boolean {
  if (state.phase !== "running" || awaitsSlot(state)) return false;
  return state.deferred.length > 0 || someFrame(state, isReady);
}

/** True while a restart must take the run up: it has asked for work, awaits a run, or has more to do. Timers are stored apart. */
export function isActive(state: RunState): boolean {
  return !isFinal(state) && (awaitsSlot(state) || mustContinue(state) || someFrame(state, awaitsAnswer));
}

/** True while that step of the run awaits the run with that id: a sub-run for which this is false has no one to answer to. */
export function awaitsRun(state: RunState, step: number, runId: string): boolean {
  const progress = state.frames.get(step)?.progress;
  return progress?.kind === "subRun" && progress.runId === runId;
}
