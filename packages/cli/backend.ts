// Where a command works: on a server, or in this process. Both offer the same few verbs.
import type { AppliedFlow, Flow, FlowSummary, RunSummary, RunView, Status } from "@baton/api";
import type { Json } from "@baton/core";

export interface RunFilter {
  readonly status?: Status;
  readonly flow?: string;
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
  controlRun(id: string, verb: "cancel" | "suspend" | "resume"): Promise<void>;
  close(): Promise<void>;
}

const defaultNamespace = "default";

/** Reads NAME, NAMESPACE/NAME, each with an optional @VERSION. */
export function parseFlowName(text: string): FlowName {
  const [path = "", version] = text.split("@", 2);
  const slash = path.indexOf("/");
  const base = slash < 0 ? { namespace: defaultNamespace, name: path } : { namespace: path.slice(0, slash), name: path.slice(slash + 1) };
  return version === undefined ? base : { ...base, version };
}
