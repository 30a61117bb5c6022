// What a run waits for, told from its state alone: the proof that a run which has not ended will be moved on. Each step at
// the bottom of the tree waits for something that the world owes it (a timer, an event, an answer), or is to be moved on at
// once; one that does not is stranded, and the run with it.
import { defined, type Instant } from "@baton/core";
import { answeredBy, type StepId } from "./commands.ts";
import { awaitsSlot } from "./concurrency.ts";
import { isApproval, isFinal, isReady, rootId, timersOf, type Frame, type FrameTimer, type RunState } from "./state.ts";
import { subscriptionsOf, type FrameSubscription } from "./subscriptions.ts";

/** What is waited for: `slot` is leave to go on, `turn` is the next move, `resume` somebody who lets a suspended run go on. */
export type WaitKind = "slot" | "timer" | "retry" | "event" | "approval" | "work" | "run" | "turn" | "resume";

/** One step that waits; step 0 is the run itself. */
export interface Wait {
  readonly for: WaitKind;
  readonly step: StepId;
  readonly name: string;
  readonly reference: string;
  /** When it goes on, or is given up, by itself; null: that is up to the world. */
  readonly until: Instant | null;
  /** The sub-run that it awaits. */
  readonly runId?: string;
}

/** Everything that the run waits for; nothing once it has ended. */
export function waitsOf(state: RunState): readonly Wait[] {
  if (isFinal(state)) return [];
  const answered = answeredIn(state);
  if (awaitsSlot(state)) return [waitFor("slot", state, rootOf(state))];
  const steps = [...state.frames.values()].flatMap((frame) => waitOf(state, frame, answered) ?? []);
  return state.phase === "suspended" ? [waitFor("resume", state, rootOf(state)), ...steps] : steps;
}

/** The steps that wait for nothing, and have nothing below them that does: there must be none. */
export function strandedSteps(state: RunState): readonly Frame[] {
  const answered = answeredIn(state);
  const parents = new Set([...state.frames.values()].filter(({ id }) => id !== rootId).map(({ parent }) => parent));
  const isStranded = (frame: Frame): boolean =>
    !parents.has(frame.id) && !isReady(frame) && !isAnswered(frame, answered) && kindOf(frame) === undefined;
  return [...state.frames.values()].filter(isStranded);
}

/** The timers that must be stored for the run to go on. */
export function neededTimers(state: RunState): readonly FrameTimer[] {
  const answered = answeredIn(state);
  return [...state.frames.values()].flatMap((frame) => timersOf(frame).filter(({ timer }) => !answered.has(timer)));
}

/** The subscriptions that must be stored for events to come. */
export function neededSubscriptions(state: RunState): readonly FrameSubscription[] {
  return [...state.frames.values()].flatMap(subscriptionsOf);
}

function answeredIn({ deferred }: RunState): ReadonlySet<string> {
  return new Set(deferred.map(answeredBy));
}

/** Whether the step has an answer that takes effect later. */
function isAnswered(frame: Frame, answered: ReadonlySet<string>): boolean {
  return answered.has(String(frame.id)) || timersOf(frame).some(({ timer }) => answered.has(timer));
}

function waitOf(state: RunState, frame: Frame, answered: ReadonlySet<string>): Wait | undefined {
  const moves = isReady(frame) || isAnswered(frame, answered);
  if (moves) return state.phase === "suspended" ? undefined : waitFor("turn", state, frame);
  const kind = kindOf(frame);
  return kind && waitFor(kind, state, frame);
}

function kindOf({ task, progress }: Frame): WaitKind | undefined {
  switch (progress.kind) {
    case "timer":
    case "work":
      return progress.kind;
    case "delaying":
      return "retry";
    case "subRun":
      return "run";
    case "listening":
      if (!progress.open || progress.busy) return undefined;
      return isApproval(task) ? "approval" : "event";
    default:
      return undefined;
  }
}

function waitFor(kind: WaitKind, state: RunState, frame: Frame): Wait {
  const { id: step, task, progress } = frame;
  const known = { for: kind, step, name: task.name, reference: task.reference, until: untilOf(state, frame) };
  return progress.kind === "subRun" ? { ...known, runId: progress.runId } : known;
}

/** The earliest of the step's timers and of those around it. */
function untilOf(state: RunState, frame: Frame): Instant | null {
  const instants: Instant[] = [];
  for (let at: Frame | undefined = frame; at !== undefined; at = at.id === rootId ? undefined : state.frames.get(at.parent))
    for (const { at: instant } of timersOf(at)) instants.push(instant);
  return instants.length === 0 ? null : Math.min(...instants);
}

function rootOf({ frames }: RunState): Frame {
  return defined(frames.get(rootId), "the run's own frame");
}
