// A refusal as an error, for whoever asked.
import { BatonError } from "@baton/core";
import { schedulerError } from "../errors.ts";
import { nameOf } from "./messages.ts";
import type { CycleStep, LockRefusal } from "./types.ts";

/** One thing that is wrong, with its place where it has one. */
export interface RefusedItem {
  readonly detail: string;
  readonly pointer?: string;
  readonly parameter?: string;
}

/** What was refused, or came to nothing, about a lock. */
export class LockRefused extends BatonError {
  /** What is wrong, one by one; of a deadlock: each step of the circle. */
  readonly items: readonly RefusedItem[];
  readonly cycle: readonly CycleStep[];

  constructor({ code, message, cycle = [] }: LockRefusal, items?: readonly RefusedItem[]) {
    const { next, retryable } = schedulerError(code);
    super(code, { summary: message, next, retryable });
    this.cycle = cycle;
    this.items = items ?? cycle.map(({ owner, waitsFor }) => ({ detail: `${owner} waits for ${nameOf(waitsFor)}` }));
  }
}
