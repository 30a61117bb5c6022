// The executor port: one for all kinds of work. An executor performs work and reports how it ended; it never
// throws for what the world does to it (a refused connection is an outcome), only for a bug.
import type { Work, WorkOutcome } from "@baton/engine";

/** The reason of a signal that leaves what it aborts no time to end in order. */
export const atOnce = Symbol("at once");

/** The reason of a signal when this process stops: what outlives it goes on, and is found again by its id. */
export const leaving = Symbol("leaving");

export interface WorkContext {
  /** The same for every try of the same attempt: the peer can tell a repetition by it. */
  readonly workId: string;
  /** False: the step goes on as soon as the work is certain to be done; absent: it waits for the answer. */
  readonly awaited?: boolean;
  /** Aborted when the answer is no longer wanted; the executor then stops at once and frees what it holds. */
  readonly signal: AbortSignal;
}

/** Performs work of the kinds that it names. */
export interface Executor {
  readonly kinds: readonly Work["kind"][];
  /** Its work waits and runs elsewhere, and does not count among what this process does at a time. It keeps to `awaited` itself. */
  readonly elsewhere?: true;
  perform(work: Work, context: WorkContext): Promise<WorkOutcome> | WorkOutcome;
  /** Stops everything under way and frees connections and processes. */
  close(): Promise<void>;
}
