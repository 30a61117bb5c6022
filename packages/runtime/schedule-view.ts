// Schedules as people see and handle them: the shapes.
import type { Instant, JsonObject } from "@baton/core";
import type { WorkflowReference } from "@baton/dsl";

/** The flow that a schedule belongs to. */
export type ScheduledFlow = Pick<WorkflowReference, "namespace" | "name">;

/** A firing that is to come, or was. */
export interface FiringView {
  /** What the schedule says: an instant in UTC, and the same on the clocks of its zone. */
  readonly at: string;
  readonly local: string;
  /** When it happens: later than `at` where there is jitter. */
  readonly due: string;
}

/** A schedule as people see it. */
export interface ScheduleView {
  readonly flow: WorkflowReference;
  /** `ended`: it never fires again. */
  readonly status: "active" | "paused" | "ended";
  /** What the document says: `{ cron: "0 9 * * *" }`. */
  readonly trigger: JsonObject;
  readonly timeZone: string;
  readonly overlap: string;
  readonly catchup: string;
  readonly next: FiringView | null;
  readonly last: { readonly at: string; readonly runId: string } | null;
  /** The run that an `after` or an overlap policy waits for. */
  readonly running: string | null;
  readonly backfilling: boolean;
  readonly fired: number;
  readonly skipped: number;
}

/** What can be asked about schedules, and of them. */
export interface ScheduleDesk {
  /** In the order of namespace and name. */
  list(tenant: string, filter?: { readonly namespace?: string }): Promise<readonly ScheduleView[]>;
  /** Rejects with schedule-unknown, as all that follow. */
  get(tenant: string, flow: ScheduledFlow): Promise<ScheduleView>;
  /** The next firings, as many as there are up to that number. */
  next(tenant: string, flow: ScheduledFlow, count: number): Promise<readonly FiringView[]>;
  pause(tenant: string, flow: ScheduledFlow): Promise<ScheduleView>;
  resume(tenant: string, flow: ScheduledFlow): Promise<ScheduleView>;
  /** Starts the runs of past firings that have none; answers how many firings there are, both instants included. */
  backfill(tenant: string, flow: ScheduledFlow, range: { readonly from: Instant; readonly until: Instant }): Promise<number>;
}
