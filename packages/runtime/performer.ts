// Performs the effects of decisions that are durable. Every effect may be performed twice: after a restart, and
// after a store that failed in the middle, the outstanding ones are asked for again.
import { isFinal, type Effect } from "@baton/engine";
import type { Answers } from "./answers.ts";
import type { Events } from "./events/events.ts";
import type { RunSlots } from "./locks/run-slots.ts";
import type { LoadedRun } from "./loaded-run.ts";
import type { SubRuns } from "./sub-runs.ts";
import type { Timers } from "./timers.ts";
import type { WorkQueue } from "./work-queue.ts";

/** Who performs what. */
export interface PerformerParts {
  readonly work: WorkQueue;
  readonly timers: Timers;
  readonly subRuns: SubRuns;
  readonly answers: Answers;
  readonly events: Events;
  readonly slots: RunSlots;
}

/** Hands effects to those who perform them. */
export class Performer {
  readonly #parts: PerformerParts;

  constructor(parts: PerformerParts) {
    this.#parts = parts;
  }

  /** After a decision has become durable. */
  perform(run: LoadedRun, effects: readonly Effect[]): void {
    for (const effect of effects) this.#one(run, effect);
  }

  /** After a restart, or when it is in doubt what was performed. Timers come from the store by themselves. */
  resume(run: LoadedRun, outstanding: readonly Effect[]): void {
    for (const effect of outstanding) if (effect.type !== "setTimer") this.#one(run, effect);
    if (!isFinal(run.state)) return;
    this.#parts.subRuns.ended(run);
    this.#parts.slots.ended(run);
  }

  #one(run: LoadedRun, effect: Effect): void {
    const { tenant, id } = run;
    const { work, timers, subRuns, answers, events, slots } = this.#parts;
    switch (effect.type) {
      case "performWork":
        return work.start(run, effect);
      case "abortWork":
        return work.abort(id, effect.step, effect.atOnce);
      case "setTimer":
        return timers.set({ tenant, runId: id, timer: effect.timer, at: effect.at });
      case "clearTimer":
        return timers.clear(id, effect.timer);
      case "startRun":
        return subRuns.start(run, effect);
      case "cancelRun":
        return subRuns.cancel(tenant, effect.runId, effect.atOnce);
      case "sendCommand":
        return answers.deliver(tenant, id, effect.command);
      case "claimSlot":
        return slots.claim(run, effect.slot);
      case "releaseSlot":
        return slots.ended(run);
      case "setSubscription":
        return events.look({ tenant, consumer: id });
      case "settleEvent":
        return events.settled(tenant, id, effect.delivery);
      case "publishEvent":
        return events.published();
      case "clearSubscription":
      case "setAttributes":
        return;
    }
  }
}
