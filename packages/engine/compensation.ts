// Sagas: what was done is undone, the latest first, where the scope around it does not come to a good end. A scope is the
// run (it faults or is cancelled), an attempt of a try (its error is caught), a branch of a fork (it is given up because
// another one decided the fork). docs/decisions/0130 says why.
//
// Invariants: a step is in the list of compensations from its completion until its compensation has ended; a step below a
// compensation never comes into it. An interrupted compensation (the try timed out) is still in the list, and is begun
// again by the scope around.
import { defined, type Json } from "@baton/core";
import {
  decisiveBranch,
  rootId,
  type AfterCompensation,
  type CompensatingProgress,
  type Compensation,
  type CompensationList,
  type Cursor,
  type ForkProgress,
  type Frame,
  type Place,
  type Progress,
  type RunState,
} from "./state.ts";
import type { WorkflowError } from "./work.ts";

/** The compensations with that of a step that completes; its context is the one that the step leaves. */
export function withCompensation(state: RunState, frame: Frame, output: Json): CompensationList | null {
  const before = state.compensations;
  const { id: step, task: own, input, variables } = frame;
  const place = own.compensate && placeOf(state, frame);
  if (own.compensate === undefined || place === undefined) return before;
  const context = state.contexts.get(frame.home) ?? null;
  return listed({ step, place, task: own.compensate, input, output, context, variables }, before);
}

/** A compensation in front of a list. */
export function listed(latest: Compensation, before: CompensationList | null): CompensationList {
  return { latest, before, count: (before?.count ?? 0) + 1 };
}

/** The way to a step; undefined below a compensation. */
function placeOf(state: RunState, frame: Frame): readonly Place[] | undefined {
  const place: Place[] = [];
  for (let at = frame; at.id !== rootId;) {
    const parent = defined(state.frames.get(at.parent), `step ${at.parent}`);
    if (parent.progress.kind === "compensating") return undefined;
    place.push({ step: parent.id, index: at.index, handling: parent.progress.kind === "handling" });
    at = parent;
  }
  return place.reverse();
}

/** The compensations without that of a step. */
export function withoutCompensation(list: CompensationList | null, step: number): CompensationList | null {
  const later: Compensation[] = [];
  let one = list;
  for (; one !== null && one.latest.step !== step; one = one.before) later.push(one.latest);
  return one === null ? list : later.reduceRight((before, kept) => listed(kept, before), one.before);
}

/** Whether anything below the step is to be undone before it may go on or end. */
export function mustCompensate(state: RunState, frame: Frame): boolean {
  if (state.compensations === null || frame.progress.kind === "compensating") return false;
  return latest(state.compensations, frame, branchesToUndo(frame)) !== null;
}

/** The latest step below a scope that is not undone. */
function latest(list: CompensationList | null, { id }: Frame, branches: readonly number[] | null): Compensation | null {
  for (let one = list; one !== null; one = one.before) if (isWithin(one.latest, id, branches)) return one.latest;
  return null;
}

function isWithin({ place }: Compensation, scope: number, branches: readonly number[] | null): boolean {
  if (scope === rootId) return true;
  return place.some(({ step, index }) => step === scope && (branches === null || branches.includes(index)));
}

/** A fork that completes by one branch gives up the others: all of a race, and what is not over where the workflow ends. */
function branchesToUndo(frame: Frame): readonly number[] | null {
  const { task, progress } = frame;
  if (progress.kind !== "fork") return null;
  const decisive = decisiveBranch(frame, progress);
  const compete = task.kind === "fork" && task.compete;
  return [...progress.branches.keys()].filter((index) => index !== decisive && (compete || progress.branches[index]?.at !== "over"));
}

const undone: Cursor = { at: "over", data: null, ends: false };

/** A scope as it begins to undo. */
export function compensating(list: CompensationList | null, frame: Frame, end: AfterCompensation | null): CompensatingProgress {
  const branches = branchesToUndo(frame);
  const current = defined(latest(list, frame, branches) ?? undefined, `something to compensate below step ${frame.id}`);
  const then = end ?? ({ kind: "resume", progress: given(frame.progress, branches ?? []) } as const);
  return { kind: "compensating", current, cursor: begin(current), branches, failed: null, then };
}

/** What it goes on with: branches that were given up are over, an attempt's deadline counts no longer. */
function given(progress: Progress, branches: readonly number[]): Progress {
  if (progress.kind === "trying") return { ...progress, deadline: null };
  return progress.kind === "fork" ? withBranchesOver(progress, branches) : progress;
}

function withBranchesOver(progress: ForkProgress, given: readonly number[]): ForkProgress {
  return { ...progress, branches: progress.branches.map((branch, index) => (given.includes(index) ? undone : branch)) };
}

/** A compensation's own list runs on what the step gave. */
function begin({ output }: Compensation): Cursor {
  return { at: "next", index: 0, data: output };
}

/** A scope after one compensation; a failed one does not keep the others from being tried. */
export function afterCompensation(
  list: CompensationList | null,
  frame: Frame,
  progress: CompensatingProgress,
  error: WorkflowError | null,
): Progress {
  const failed = progress.failed ?? error;
  const current = latest(list, frame, progress.branches);
  if (current !== null) return { ...progress, current, cursor: begin(current), failed };
  if (progress.then.kind !== "resume") return { ...progress, cursor: undone, failed };
  return failed === null ? progress.then.progress : { ...progress, cursor: { at: "faulted", error: failed }, failed };
}

/** A try that is undone, when the time of all its attempts is over: it goes on with what it caught, and begins no other. */
export function withoutRetries(progress: Progress): Progress {
  if (progress.kind !== "compensating" || progress.then.kind !== "resume" || progress.then.progress.kind !== "trying") return progress;
  return { ...progress, then: { kind: "resume", progress: { ...progress.then.progress, limit: null, last: true } } };
}

/** What somebody must look at where steps could not be undone; null: nothing. */
export function incidentOf({ failedCompensations: [first, ...more] }: RunState): string | null {
  if (first === undefined) return null;
  const { title, detail, type, status, instance } = first.error;
  const others = more.length === 0 ? "" : ` So did ${more.length} more.`;
  return `The compensation of step ${first.step} failed at ${instance} with status ${status}: ${detail ?? title ?? type}.${others}`;
}
