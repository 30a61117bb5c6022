// A refusal as an error, for whoever asked.
import { BatonError } from "@baton/core";
import { schedulerError } from "../errors.ts";
import { nameOf } from "./messages.ts";
import type { CycleStep, LockRefusal } from "./types.ts";

/** What was refused, or came to nothing, about a lock. */
export class LockRefused extends BatonError {
  /** Of a deadlock: one for each step of the circle. */
  readonly items: readonly { readonly detail: string }[];
  readonly cycle: readonly CycleStep[];

  constructor({ code, message, cycle = [] }: LockRefusal) {
    const { next, retryable } = schedulerError(code);
    super(code, { summary: message, next, retryable });
    this.cycle = cycle;
    this.items = cycle.map(({ owner, waitsFor }) => ({ detail: `${owner} waits for ${nameOf(waitsFor)}` }));
  }
}
