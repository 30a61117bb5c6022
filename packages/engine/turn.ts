// One decision at work: the draft of the state, the events and effects so far, and what is ready to be moved on.
// `emit` is the only way to change the state, and applies what it records at once: replay equals live by construction.
// It also sees to the effects that follow from the change alone: timers come and go with the frames that need them,
// and work below a step that ends is stopped.
import { defined, type Instant } from "@baton/core";
import type { TaskKind } from "@baton/dsl";
import type { StepId } from "./commands.ts";
import type { Definitions } from "./definitions.ts";
import type { Effect } from "./effects.ts";
import type { EventBody, WorkflowEvent } from "./events.ts";
import { apply, type Draft } from "./evolve.ts";
import type { Facts } from "./facts.ts";
import { runLimits } from "./limits.ts";
import { scopeOf, type Scope } from "./scope.ts";
import { sameInterest, subscriptionsOf, type FrameSubscription } from "./subscriptions.ts";
import { framesBelow, rootId, timersOf, type Frame, type FrameTimer } from "./state.ts";

/** How a step ended; one that was cancelled was stopped from above. */
export interface EndedStep {
  readonly kind: TaskKind;
  readonly status: "completed" | "faulted" | "cancelled";
}

/** A decision being made. */
export interface Turn {
  readonly workflow: Definitions;
  readonly facts: Facts;
  /** Null until the run has started. */
  draft: Draft | null;
  readonly events: WorkflowEvent[];
  readonly effects: Effect[];
  /** Steps that ended, for counting. */
  readonly ended: EndedStep[];
  /** Frames to look at, the last one first. */
  readonly ready: StepId[];
  /** The step that has just started and is still to be entered. */
  fresh: StepId | null;
  /** Moves left. */
  moves: number;
}

/** A turn over a state that may be written to. */
export function newTurn(workflow: Definitions, facts: Facts, draft: Draft | null): Turn {
  return {
    workflow,
    facts,
    draft,
    events: [],
    effects: [],
    ended: [],
    ready: [],
    fresh: null,
    moves: facts.moves ?? runLimits.movesPerDecision,
  };
}

/** The state as it is now. */
export function stateOf(turn: Turn): Draft {
  return defined(turn.draft, "a run that has started");
}

/** The frame of a step as it is now, unless it has ended. */
export function frameNow(turn: Turn, step: StepId): Frame | undefined {
  return stateOf(turn).frames.get(step);
}

/** The scope of a step's definition. */
export function scopeNow(turn: Turn, frame: Frame): Scope {
  return scopeOf(turn.workflow, stateOf(turn), turn.facts, frame);
}

const noFrames: readonly Frame[] = [];

/** Records an event, applies it, and asks for what follows from it. */
export function emit(turn: Turn, body: EventBody): void {
  const event: WorkflowEvent = { ...body, at: turn.facts.now };
  const subject = "step" in event ? event.step : rootId;
  const frame = turn.draft?.frames.get(subject);
  const before = timersOf(frame);
  const awaited = subscriptionsOf(frame);
  const stopped = stops(event) ? framesBelow(stateOf(turn), subject) : noFrames;
  if (frame !== undefined) count(turn, event, frame);
  turn.events.push(event);
  turn.draft = apply(turn.workflow, turn.draft, event);
  moveSlot(turn, turn.draft, event);
  for (const below of stopped) stop(turn, below, event.type === "RunCancelled" && event.terminated === true);
  const after = turn.draft.frames.get(subject);
  moveTimers(turn, before, timersOf(after));
  moveSubscriptions(turn, awaited, subscriptionsOf(after));
}

/** A run that begins, or goes on, asks for its slot; one that ends gives it back, or waits no longer as it is being undone. */
function moveSlot({ effects }: Turn, { slot, admitted }: Draft, event: WorkflowEvent): void {
  if (slot === null) return;
  const isUndone = event.type === "CompensationStarted" && event.step === rootId && !admitted;
  const type = isUndone ? "releaseSlot" : slotEffects[event.type];
  if (type !== undefined) effects.push({ type, slot });
}

const slotEffects: { readonly [T in WorkflowEvent["type"]]?: "claimSlot" | "releaseSlot" } = {
  RunStarted: "claimSlot",
  RunForked: "claimSlot",
  RunRetried: "claimSlot",
  RunCompleted: "releaseSlot",
  RunFaulted: "releaseSlot",
  RunCancelled: "releaseSlot",
};

function count(turn: Turn, { type }: WorkflowEvent, { task: { kind } }: Frame): void {
  if (type === "StepCompleted") turn.ended.push({ kind, status: "completed" });
  else if (type === "StepFaulted") turn.ended.push({ kind, status: "faulted" });
}

function stops(event: WorkflowEvent): boolean {
  switch (event.type) {
    case "StepCompleted":
    case "StepFaulted":
    case "AttemptTimedOut":
    case "CompensationStarted":
    case "RunCompleted":
    case "RunFaulted":
    case "RunCancelled":
      return true;
    default:
      return false;
  }
}

function moveTimers(turn: Turn, before: readonly FrameTimer[], after: readonly FrameTimer[]): void {
  for (const { timer } of before) if (!after.some((kept) => kept.timer === timer)) clearTimer(turn, timer);
  for (const { timer, at } of after) if (!before.some((kept) => kept.timer === timer)) setTimer(turn, timer, at);
}

function setTimer(turn: Turn, timer: string, at: Instant): void {
  turn.effects.push({ type: "setTimer", timer, at });
}

/** Asks to forget a timer, or takes back the wish for it when it is of this very decision. */
export function clearTimer(turn: Turn, timer: string): void {
  if (!takeBack(turn, (effect) => effect.type === "setTimer" && effect.timer === timer)) turn.effects.push({ type: "clearTimer", timer });
}

/** Stops whatever the world does for a step, and forgets its timers. */
export function stop(turn: Turn, frame: Frame, atOnce = false): void {
  turn.ended.push({ kind: frame.task.kind, status: "cancelled" });
  stopWork(turn, frame, atOnce);
  for (const { timer } of timersOf(frame)) clearTimer(turn, timer);
  moveSubscriptions(turn, subscriptionsOf(frame), none);
}

const none: readonly FrameSubscription[] = [];

function moveSubscriptions(turn: Turn, before: readonly FrameSubscription[], after: readonly FrameSubscription[]): void {
  if (before.length === 0 && after.length === 0) return;
  for (const { subscription } of before) if (!after.some((kept) => kept.subscription === subscription)) unsubscribe(turn, subscription);
  for (const { subscription, interest } of after) {
    const old = before.find((kept) => kept.subscription === subscription);
    if (old === undefined || !sameInterest(old.interest, interest)) subscribe(turn, { subscription, interest });
  }
}

/** Asks for events; asking again for the same ones is harmless. */
export function subscribe(turn: Turn, wanted: FrameSubscription): void {
  takeBack(turn, (effect) => effect.type === "setSubscription" && effect.subscription === wanted.subscription);
  turn.effects.push({ type: "setSubscription", ...wanted });
}

/** What is stored already is forgotten there; a wish of this very decision may replace one that is. */
function unsubscribe(turn: Turn, subscription: string): void {
  takeBack(turn, (effect) => effect.type === "setSubscription" && effect.subscription === subscription);
  turn.effects.push({ type: "clearSubscription", subscription });
}

/** Stops the work or the run that a step has asked for and not yet heard of. */
export function stopWork(turn: Turn, { id: step, progress }: Frame, atOnce = false): void {
  if (progress.kind !== "work" && progress.kind !== "subRun") return;
  if (takeBack(turn, (effect) => (effect.type === "performWork" || effect.type === "startRun") && effect.step === step)) return;
  const how = atOnce ? ({ atOnce } as const) : {};
  turn.effects.push(progress.kind === "work" ? { type: "abortWork", step, ...how } : { type: "cancelRun", runId: progress.runId, ...how });
}

function takeBack(turn: Turn, isIt: (effect: Effect) => boolean): boolean {
  const index = turn.effects.findLastIndex(isIt);
  if (index >= 0) turn.effects.splice(index, 1);
  return index >= 0;
}
