// What people hear of a run that has not ended, and what they may ask about it.
import type { Wait } from "@baton/engine";
import type { RunSummary } from "@baton/storage";
import type { Finding } from "./findings.ts";

/** What one run waits for, and what keeps it from being moved on. */
export interface Diagnosis {
  readonly run: RunSummary;
  readonly waits: readonly Wait[];
  readonly findings: readonly Finding[];
}

/** Finds runs that nothing would ever wake. */
export interface DoctorDesk {
  /** Runs that have not ended, a page at a time, in the order of their ids. */
  examineRuns(tenant: string, after: string | undefined, limit: number): Promise<readonly Diagnosis[]>;
  /** One run; null: there is none. */
  examineRun(tenant: string, runId: string): Promise<Diagnosis | null>;
  /** Stores what the run needs to be woken by, and, where runs are driven, asks for it. */
  wake(tenant: string, runId: string): Promise<void>;
}
