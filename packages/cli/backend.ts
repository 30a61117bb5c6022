// Where a command works: on a server, or in this process. Both offer the same few verbs.
import type { AppliedFlow, Flow, FlowSummary, RunSummary, RunVerb, RunView, Status } from "@baton/api";
import type { Json } from "@baton/core";
import { exitCodes } from "./exit-codes.ts";
import { CommandFailure } from "./failure.ts";

export interface RunFilter {
  readonly status?: Status;
  readonly flow?: string;
  readonly filter?: string;
  readonly orderBy?: string;
  readonly limit: number;
}

/** A flow's name as it is typed: NAME or NAMESPACE/NAME, with an optional @VERSION. */
export interface FlowName {
  readonly namespace: string;
  readonly name: string;
  readonly version?: string;
}

export interface Backend {
  /** Registers a document; `created` is false when that very version was there already. */
  applyFlow(source: string): Promise<Omit<AppliedFlow, "warnings">>;
  listFlows(): Promise<readonly FlowSummary[]>;
  /** The document of a flow: of its newest version, or of the one that is named. */
  readFlow(flow: FlowName): Promise<Flow>;
  startRun(flow: FlowName, input: Json, idempotencyKey?: string): Promise<{ readonly id: string }>;
  readRun(id: string): Promise<RunView>;
  listRuns(filter: RunFilter): Promise<readonly RunSummary[]>;
  /** The run now, and again after every change, until it has ended or the signal aborts. */
  watchRun(id: string, signal: AbortSignal): AsyncIterable<RunView>;
  controlRun(id: string, verb: RunVerb): Promise<RunView>;
  close(): Promise<void>;
}

const defaultNamespace = "default";

/** Reads NAME, NAMESPACE/NAME, each with an optional @VERSION. */
export function parseFlowName(text: string): FlowName {
  const parts = /^(?:(?<namespace>[^\s/@]+)\/)?(?<name>[^\s/@]+)(?:@(?<version>[^\s/@]+))?$/.exec(text)?.groups;
  if (parts === undefined)
    throw new CommandFailure(exitCodes.usage, `"${text}" is not the name of a flow`, {
      next: "write NAME or NAMESPACE/NAME, with @VERSION for another than the newest",
    });
  const { namespace = defaultNamespace, name = "", version } = parts;
  return { namespace, name, ...(version !== undefined && { version }) };
}
