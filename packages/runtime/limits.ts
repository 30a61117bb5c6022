// The runtime's bounds, so that no load makes the server use more than it has. Each can be set by the server.
import type { Millis } from "@baton/core";

/** What one runtime may use. */
export interface RuntimeLimits {
  /** Work under way at a time; more waits in the order of asking. */
  readonly concurrentWork: number;
  /** Decisions that wait to be stored; a start beyond that is refused with server-overloaded. */
  readonly pendingDecisions: number;
  /** Runs kept in memory beyond the ones with a decision that is not yet stored. */
  readonly loadedRuns: number;
  /** Timers that are read from the store at a time. */
  readonly timerPage: number;
  /** Decisions of a run between two snapshots of its state. */
  readonly snapshotInterval: number;
}

/** What holds when nothing is said. */
export const defaultLimits: RuntimeLimits = {
  concurrentWork: 1_000,
  pendingDecisions: 20_000,
  loadedRuns: 20_000,
  timerPage: 5_000,
  snapshotInterval: 250,
};

/** A command that another writer got ahead of is decided again this often; more means that two servers fight over the run. */
export const maxDecisions = 8;

/** Timers that are due within this time are kept in memory; the others stay in the store until then. */
export const timerHorizonMs: Millis = 60_000;

/** The clock is read at least this often, so that a jump of the machine's time is seen. */
export const timerCheckMs: Millis = 1_000;

/** Runs that recovery reads at a time. */
export const recoveryPage = 500;

/** A result that could not be stored is tried again after the first time, then after twice as long, up to the second. */
export const retryDelayMs: { readonly first: Millis; readonly longest: Millis } = { first: 50, longest: 5_000 };

/** Firings that one backfill makes up for. */
export const maxBackfill = 10_000;

/** Flows that are kept compiled. */
export const maxCompiledFlows = 2_000;
