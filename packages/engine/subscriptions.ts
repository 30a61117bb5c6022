// The events that a step waits for, by the names of its subscriptions: they follow from the state alone, so they come and
// go with it (turn.ts), and a restart knows them.
import { interestsOf, type EventInterest } from "./event-interest.ts";
import type { Frame } from "./state.ts";

/** A subscription of one step; the name is unique within its run. */
export interface FrameSubscription {
  readonly subscription: string;
  readonly interest: EventInterest;
}

const none: readonly FrameSubscription[] = [];

/** What a step waits for; nothing unless it is a listen that takes events. */
export function subscriptionsOf(frame: Frame | undefined): readonly FrameSubscription[] {
  if (frame?.progress.kind !== "listening" || !frame.progress.open || frame.task.kind !== "listen") return none;
  const { id, task, progress } = frame;
  return interestsOf(task.to, progress.consumption).map(({ place, interest }) => ({ subscription: `${id}/${place}`, interest }));
}

/** Whether two interests let the same events through. */
export function sameInterest(a: EventInterest, b: EventInterest): boolean {
  return a.type === b.type && a.source === b.source && a.key?.path === b.key?.path && a.key?.value === b.key?.value;
}
