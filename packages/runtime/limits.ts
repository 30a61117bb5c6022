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
  loadedRuns: 10_000,
  timerPage: 5_000,
  snapshotInterval: 250,
};

/** A command that another writer got ahead of is decided again this often; more means that two servers fight over the run. */
export const maxDecisions = 8;

/** Timers that are due within this time are kept in memory; the others stay in the store until then. */
export const timerHorizonMs: Millis = 60_000;

/** The clock is read at least this often, so that a jump of the machine's time is seen. */
export const timerCheckMs: Millis = 1_000;

/** A timer that was due longer ago than this and has not fired is a finding of the doctor. */
export const overdueMs: Millis = 60_000;

/** The doctor looks a second time after this pause before it says that something is wrong. */
export const secondLookMs: Millis = 250;

/** Runs that recovery reads at a time. */
export const recoveryPage = 500;

/** A result that could not be stored is tried again after the first time, then after twice as long, up to the second. */
export const retryDelayMs: { readonly first: Millis; readonly longest: Millis } = { first: 50, longest: 5_000 };

/** Runs that are archived at a time: one file of the archive. */
export const expiryPage = 200;

/** Firings that one backfill makes up for. */
export const maxBackfill = 10_000;

/** Flows that are kept compiled, and how long their texts may be together. */
export const maxCompiledFlows = 20_000;
export const maxCompiledCharacters = 4_000_000;

/** Deliveries of one webhook that are under way at a time. */
export const deliveriesAtATime = 8;

/** How long a delivery waits after each try that failed; after the last one it is given up, a good day after the first. */
export const deliveryDelaysMs: readonly Millis[] = [5_000, 30_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000];

/** A receiver that asks for more time than this gets no more. */
export const longestDeliveryDelayMs: Millis = 86_400_000;

/** Deliveries are looked for at least this often while there are any. */
export const deliveryWakeMs: Millis = 60_000;

/** What became of a delivery is kept so long after its end. */
export const keptDeliveriesMs: Millis = 7 * 86_400_000;

/** Deliveries that are forgotten at a time, and how often it is looked for them. */
export const forgetting: { readonly page: number; readonly everyMs: Millis } = { page: 1_000, everyMs: 3_600_000 };

/** The external resources that one flow is made of, and how many rounds of fetching they may take. */
export const maxResourcesPerFlow = 100;
export const maxResourceRounds = 8;

/** How long one of them may take when a flow is registered. */
export const registrationTimeoutMs = 30_000;

/** Events that are stored, or read for one who waits for them, at a time. */
export const eventBatch = 500;
export const eventPage = 100;

/** Consumers that are brought events at a time. */
export const busyMailboxes = 256;

/** Events that flows have published and that are passed on at a time. */
export const publishedPage = 200;

/** Events are kept for those who begin to wait later, and to be known again when they come twice, so long after they came. */
export const keptEventsMs: Millis = 3_600_000;

/** Events that are forgotten at a time, and how often it is looked for them. */
export const forgettingEvents: { readonly page: number; readonly everyMs: Millis } = { page: 1_000, everyMs: 60_000 };

/** Live runs that a comparison of two versions looks at. */
export const maxCheckedRuns = 1_000;
