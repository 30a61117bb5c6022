// An event arrives at a run: every step that listens is offered it, and may consume it. While the run is suspended nothing
// is decided about it; whoever brought it keeps it, and brings it again when the run is resumed.
import type { ListenTask } from "@baton/dsl";
import type { CloudEvent } from "./cloud-event.ts";
import type { Command } from "./commands.ts";
import { readEvent, type Match } from "./consumption.ts";
import { checkSize } from "./data-size.ts";
import { isTrue } from "./evaluate.ts";
import { matchEvent } from "./event-matching.ts";
import { guarded } from "./flow.ts";
import { isEndless } from "./listening.ts";
import type { Frame } from "./state.ts";
import { subscriptionsOf } from "./subscriptions.ts";
import { emit, frameNow, scopeNow, stateOf, subscribe, type Turn } from "./turn.ts";

/** Offers an event to the steps that listen, and says what became of it. */
export function receiveEvent(turn: Turn, { delivery, event }: Extract<Command, { type: "ReceiveEvent" }>): void {
  const state = stateOf(turn);
  if (state.phase !== "running") return;
  const before = turn.events.length;
  for (const { id } of state.frames.values()) {
    const frame = frameNow(turn, id);
    if (frame !== undefined) guarded(turn, frame, () => offer(turn, frame, event));
  }
  turn.effects.push({ type: "settleEvent", delivery, consumed: turn.events.length > before });
}

/** Asks again for the events that came while the run was suspended. */
export function askForEvents(turn: Turn): void {
  for (const frame of stateOf(turn).frames.values()) for (const wanted of subscriptionsOf(frame)) subscribe(turn, wanted);
}

function offer(turn: Turn, frame: Frame, event: CloudEvent): void {
  const { task, progress } = frame;
  if (progress.kind !== "listening" || !progress.open || task.kind !== "listen") return;
  const match = matchEvent(scopeNow(turn, frame), task.to, progress.consumption, event);
  if (match !== null) consume(turn, frame, event, match);
}

/** A listen takes the event, as which of those it waits for is known. */
export function consume(turn: Turn, frame: Frame, event: CloudEvent, match: Match): void {
  const { task } = frame;
  if (task.kind !== "listen") return;
  const { source, id, type } = event;
  const item = match.by === "to" && isKept(task) ? readEvent(event, task.read) : undefined;
  emit(turn, { type: "EventConsumed", step: frame.id, event: { source, id, type }, match, ...(item !== undefined && { item }) });
  turn.ready.push(frame.id);
  if (item !== undefined) afterItem(turn, frame, task);
}

function isKept(task: ListenTask): boolean {
  return task.foreach !== undefined || !isEndless(task);
}

/** The condition is asked after each event, with all of them. */
function afterItem(turn: Turn, { id }: Frame, task: ListenTask): void {
  const frame = frameNow(turn, id);
  if (frame?.progress.kind !== "listening") return;
  const { items, queue, open } = frame.progress;
  checkSize(task.reference, items, "list of events");
  checkSize(task.reference, queue, "queue of events");
  if (!open || task.to.until?.kind !== "condition") return;
  if (isTrue(scopeNow(turn, frame), task.to.until.condition, items)) emit(turn, { type: "ListenClosed", step: id });
}
