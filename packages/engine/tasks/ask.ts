// Work that is asked of the world, under an id that is the same however often it is asked.
import type { Effect } from "../effects.ts";
import { idempotencyKey } from "../idempotency.ts";
import type { Scope } from "../scope.ts";
import type { Frame } from "../state.ts";
import type { Turn } from "../turn.ts";
import type { Work } from "../work.ts";

/** The wish for a step's work. A retry is another step, so the step's id tells the attempt; an author's key is the same for all. */
export function workAsked(scope: Scope, { id: step, task, input }: Frame, work: Work, awaited: boolean): Effect {
  const own = task.idempotencyKey;
  const workId = own === undefined ? `${scope.run.id}:${step}` : idempotencyKey(scope, own, input);
  return { type: "performWork", step, workId, work, awaited };
}

/** As `workAsked` for what becomes a job: each attempt is a job of its own, whatever its author's key. */
export function jobAsked(scope: Scope, { id: step }: Frame, work: Work, awaited = true): Effect {
  return { type: "performWork", step, workId: `${scope.run.id}:${step}`, work, awaited };
}

/** Adds wishes to the decision. */
export function askWork(turn: Turn, effects: readonly Effect[]): void {
  turn.effects.push(...effects);
}
