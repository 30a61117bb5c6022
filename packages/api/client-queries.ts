// What the client is given, and what it answers beyond the API's own resources.
import type { Json, Millis } from "@baton/core";
import type { JobStatus } from "./job-resources.ts";
import type { RunView, Status } from "./resources.ts";

/** Where the server is, and how to be let in. */
export interface ClientOptions {
  readonly url: string;
  readonly token?: string;
  /** What the program calls itself: the server's audit log has it with what is asked for. */
  readonly program?: string;
  /** Instead of the global fetch. */
  readonly fetch?: typeof fetch;
  /** How long a broken watch stream waits before it connects again; one second when nothing is said. */
  readonly reconnectMs?: Millis;
}

/** A flow by name; `default` where no namespace is given, the newest where no version is. */
export interface FlowName {
  readonly namespace?: string;
  readonly name: string;
  readonly version?: string;
}

/** What calling a flow gave: its output, or the run that goes on. */
export type FlowAnswer = { readonly completed: true; readonly output: Json } | { readonly completed: false; readonly run: RunView };

/** Which page of a list. */
export interface PageQuery {
  readonly pageSize?: number;
  readonly pageToken?: string;
}

/** Which runs. */
export interface RunQuery extends PageQuery {
  readonly status?: Status;
  readonly namespace?: string;
  readonly flow?: string;
  /** Only those that fit it: docs/guide/finding-runs.md. */
  readonly filter?: string;
  /** A field with `asc` or `desc` behind it. */
  readonly orderBy?: string;
}

/** Which jobs of the past; times in RFC 3339. */
export interface JobExportQuery {
  /** Submitted then or later. */
  readonly since?: string;
  /** Submitted before. */
  readonly until?: string;
  /** In this queue or below it. */
  readonly queue?: string;
}

/** Which jobs. */
export interface JobQuery extends PageQuery {
  readonly status?: JobStatus;
  readonly queue?: string;
  readonly graph?: string;
}

/** Whether everything is checked and answered as if it were done, and nothing changes. */
export interface DryRun {
  readonly dryRun?: boolean;
}

/** The query of it. */
export function dryRunOf({ dryRun }: DryRun): { readonly dryRun?: "true" } {
  return dryRun === true ? { dryRun: "true" } : {};
}
