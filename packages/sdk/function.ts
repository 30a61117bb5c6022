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

/** How a function names its error: RFC 9457's words, by which flows catch it. */
export interface ErrorNames {
  /** A URI that tells its kind. */
  readonly type: string;
  /** As of HTTP: 400 to 499 for what the caller did wrong, 500 to 599 for everything else. */
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
}

/** An error that a function names itself: `catch: { errors: { with: { type, status } } }` of a flow finds it. Any other error is a `runtime` error with status 500. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  readonly type: string;
  readonly status: number;
  readonly title: string | undefined;
  readonly detail: string | undefined;

  constructor({ type, status, title, detail }: ErrorNames, options?: ErrorOptions) {
    super(detail ?? title ?? type, options);
    this.type = type;
    this.status = status;
    this.title = title;
    this.detail = detail;
  }
}

/** What an error says by those names; undefined where it says nothing. It need not be of this copy of the class. */
export function namesOf(error: unknown): ErrorNames | undefined {
  if (!(error instanceof Error) || !("type" in error) || !("status" in error)) return undefined;
  const { type, status } = error;
  if (typeof type !== "string" || typeof status !== "number" || !Number.isInteger(status) || status < 100 || status > 599) return undefined;
  const text = (name: "title" | "detail"): object => {
    const value = (error as { readonly [key in typeof name]?: unknown })[name];
    return typeof value === "string" ? { [name]: value } : {};
  };
  return { type, status, ...text("title"), ...text("detail") };
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
