// What the engine asks of the world outside, and what it hears back. Executors perform work; they never see
// a run, only the work and the id under which doing it twice must be harmless.
import type { Json, JsonObject, Millis } from "@baton/core";

/** The kinds of standard errors (dsl-reference, "Standard Error Types"). */
export type StandardErrorKind =
  | "configuration"
  | "validation"
  | "expression"
  | "authentication"
  | "authorization"
  | "timeout"
  | "communication"
  | "runtime";

/** An error of a workflow (RFC 7807), as `catch` sees it and as a faulted run carries it. */
export interface WorkflowError {
  /** A URI; the standard ones under the specification's current base. */
  readonly type: string;
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
  /** JSON Pointer of the task that raised it. */
  readonly instance: string;
}

/** What an executor reports when work fails; the engine adds which task it was. */
export interface WorkFault {
  readonly kind: StandardErrorKind;
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
}

/** An error that what was called has named itself, as RFC 9457 has it: what flows catch it by. */
export interface NamedFault {
  /** A URI. */
  readonly type: string;
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
}

/** How a request proves who it is from. It is made when the work is asked for, and is in no event. */
export type Credentials =
  | { readonly scheme: "basic" | "digest"; readonly username: string; readonly password: string }
  | { readonly scheme: "bearer"; readonly token: string };

/** Something that lies elsewhere: where, and how to be let in. */
export interface ResourceRequest {
  readonly uri: string;
  readonly authentication?: Credentials;
}

/** An HTTP request, fully evaluated. */
export interface HttpWork {
  readonly kind: "http";
  readonly method: string;
  readonly uri: string;
  readonly headers: { readonly [name: string]: string };
  readonly query: { readonly [name: string]: string | readonly string[] };
  /** Absent: no body. */
  readonly body?: Json;
  readonly authentication?: Credentials;
  readonly output: "raw" | "content" | "response";
  readonly redirect: boolean;
}

/** A call of an operation that an OpenAPI document describes. */
export interface OpenApiWork {
  readonly kind: "openapi";
  readonly document: ResourceRequest;
  readonly operationId: string;
  readonly parameters: JsonObject;
  readonly authentication?: Credentials;
  readonly output: "raw" | "content" | "response";
  readonly redirect: boolean;
}

/** A process. */
export interface ProcessWork extends ProcessPlace {
  readonly kind: "shell" | "script";
  /** The shell's command line, or the script's code. */
  readonly code: string;
  /** Where a script's code lies; `code` is empty then. */
  readonly source?: ResourceRequest;
  /** Of a script. */
  readonly language?: "js" | "python";
  readonly arguments: readonly string[];
  readonly stdin?: string;
  readonly environment: { readonly [name: string]: string };
  readonly return: ProcessReturn;
}

/** A container of an image. */
export interface ContainerWork extends ProcessPlace {
  readonly kind: "container";
  readonly image: string;
  readonly name?: string;
  /** A text for the container's shell; absent: the image's own command. */
  readonly command?: string;
  readonly arguments: readonly string[];
  readonly stdin?: string;
  readonly environment: { readonly [name: string]: string };
  readonly ports: readonly { readonly host: number; readonly container: number }[];
  readonly volumes: readonly { readonly host: string; readonly container: string }[];
  readonly pull: "missing" | "always" | "never";
  readonly cleanup: "always" | "never" | { readonly afterMs: Millis };
  readonly return: ProcessReturn;
}

/** What of a process is the step's output. */
export type ProcessReturn = "stdout" | "stderr" | "code" | "all" | "none";

/** What all processes have as jobs. */
interface ProcessPlace {
  /** The author's own name for what must happen once. */
  readonly idempotencyKey?: string;
  /** As of a call of a function; absent: nothing is said. */
  readonly placement?: JsonObject;
}

/** A call of a function that workers bring as code. */
export interface FunctionWork {
  readonly kind: "function";
  readonly function: string;
  readonly version: string;
  readonly input: Json;
  /** The author's own name for what must happen once. */
  readonly idempotencyKey?: string;
  /** Where and when its job runs, as the metadata says it: `resources`, `priority`, `queue`, `labels`, `expected`, `deadline`. */
  readonly placement: JsonObject;
}

/** Anything an executor can be asked to do. */
export type Work = HttpWork | OpenApiWork | ProcessWork | ContainerWork | FunctionWork;

/** How work ended. */
export type WorkOutcome = { readonly ok: true; readonly output: Json } | { readonly ok: false; readonly fault: WorkFault | NamedFault };
