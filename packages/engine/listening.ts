// How a listen's progress changes. An event is kept only where somebody will ask for it: the output, the condition that
// ends the listening, or the tasks of `foreach`; so a listener that is never to end does not grow.
import { assert, type Json } from "@baton/core";
import type { ListenTask } from "@baton/dsl";
import { consumed, isSatisfied, type Consumption } from "./consumption.ts";
import type { EventOf } from "./events.ts";
import type { Cursor, Frame, ListeningProgress } from "./state.ts";

const idle: Cursor = { at: "over", data: null, ends: false };

/** A listen as it begins. */
export function listening(consumption: Consumption, frame: Frame): ListeningProgress {
  const open = !isSatisfied(taskOf(frame).to, consumption);
  return {
    kind: "listening",
    consumption,
    open,
    items: [],
    queue: [],
    current: null,
    busy: false,
    position: -1,
    outputs: [],
    cursor: idle,
  };
}

/** A listen after it has consumed an event, is closed, or is done with one of its events. */
export function afterListening(
  frame: Frame,
  event: EventOf<"EventConsumed"> | EventOf<"ListenClosed"> | EventOf<"ItemCompleted">,
): ListeningProgress {
  const progress = listeningOf(frame);
  switch (event.type) {
    case "EventConsumed":
      return afterEvent(taskOf(frame), progress, event);
    case "ListenClosed":
      return { ...progress, open: false };
    case "ItemCompleted":
      return afterItem(taskOf(frame), progress, event.output);
  }
}

function afterEvent(task: ListenTask, progress: ListeningProgress, { match, item }: EventOf<"EventConsumed">): ListeningProgress {
  const consumption = consumed(progress.consumption, match);
  const next = { ...progress, consumption, open: !isSatisfied(task.to, consumption) };
  if (match.by === "until" || item === undefined) return next;
  return {
    ...next,
    items: keepsItems(task) ? [...progress.items, item] : progress.items,
    queue: task.foreach ? [...progress.queue, item] : progress.queue,
  };
}

function afterItem(task: ListenTask, progress: ListeningProgress, output: Json | undefined): ListeningProgress {
  assert(progress.cursor.at === "over", "Expected the tasks of an event to be done, but they are not.");
  const made = output === undefined ? progress.cursor.data : output;
  return {
    ...progress,
    busy: false,
    current: null,
    outputs: isEndless(task) ? progress.outputs : [...progress.outputs, made],
    cursor: idle,
  };
}

/** The next event's turn; `tasks`: how many there are for it. */
export function nextItem(progress: ListeningProgress, tasks: number): ListeningProgress {
  const [current = null, ...queue] = progress.queue;
  const cursor: Cursor = tasks > 0 ? { at: "next", index: 0, data: current } : { at: "over", data: current, ends: false };
  return { ...progress, current, queue, busy: true, position: progress.position + 1, cursor };
}

function keepsItems(task: ListenTask): boolean {
  if (isEndless(task)) return task.foreach === undefined;
  return task.foreach === undefined || task.to.until?.kind === "condition";
}

/** True for a listen that is ended only from outside, so that nobody will see its output. */
export function isEndless({ to }: ListenTask): boolean {
  return to.until?.kind === "condition" && to.until.never;
}

/** The progress of a step that listens. */
export function listeningOf(frame: Frame): ListeningProgress {
  assert(frame.progress.kind === "listening", `Expected step ${frame.id} to listen, but it is ${frame.progress.kind}.`);
  return frame.progress;
}

function taskOf({ id, task }: Frame): ListenTask {
  assert(task.kind === "listen", `Expected step ${id} to be a listen, but it is ${task.kind}.`);
  return task;
}
