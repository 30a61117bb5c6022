// A function: code with a name, a version and a contract, to be called as a job.
import type { FunctionContract } from "@baton/api";
import type { Json, JsonObject } from "@baton/core";

/** What a call knows beyond its input. */
export interface CallContext {
  readonly job: string;
  /** The fencing token: one more with each attempt. What the function writes to can refuse an older one. */
  readonly attempt: number;
  /** What the caller tells repetitions by: the flow's own key where it has one, else the job's id. */
  readonly idempotencyKey: string;
  /** Aborted when the job is cancelled or its time is over. */
  readonly signal: AbortSignal;
  /** Writes a line to the job's output. */
  readonly log: (text: string) => void;
}

/** A function that a worker can run. */
export interface FunctionDefinition<Input extends Json = Json, Output extends Json = Json> {
  readonly contract: FunctionContract;
  /** The server lets nothing through that is not of the input's schema. */
  run(input: Input, context: CallContext): Promise<Output> | Output;
}

/** What a function is like. */
export interface FunctionOptions {
  /** `1.0.0` when nothing is said. */
  readonly version?: string;
  /** JSON Schemas of what it takes and answers; both are held to by the server. */
  readonly input?: JsonObject | boolean;
  readonly output?: JsonObject | boolean;
}

const defaultVersion = "1.0.0";

/** Defines a function. A worker runs it; jobs and flows call it by its name. */
export function defineFunction<Input extends Json, Output extends Json>(
  name: string,
  options: FunctionOptions,
  run: (input: Input, context: CallContext) => Promise<Output> | Output,
): FunctionDefinition<Input, Output> {
  const { version = defaultVersion, input, output } = options;
  const contract = { name, version, ...(input !== undefined && { input }), ...(output !== undefined && { output }) };
  return { contract, run };
}
