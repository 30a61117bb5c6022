// A request and its answer as the handlers see them: checked parameters in, a status and a value out. Nothing here
// knows the HTTP library.
import type { OperationId } from "@baton/api";
import type { Autoscalers, Deployments, Jobs, NodeCaller, Runtime, Vault } from "@baton/runtime";
import type { PolledNodes } from "./polling/polled-nodes.ts";

/** The only tenant so far; it is in every key. */
export const tenant = "default";

/** A request whose parameters are known to be right. */
export interface ApiRequest {
  readonly operation: OperationId;
  readonly method: string;
  /** A node with a credential of its own, or null for whoever may do everything. */
  readonly caller: NodeCaller | null;
  /** Path and query. */
  readonly url: string;
  /** Parameters of the path. */
  readonly path: { readonly [name: string]: string };
  /** A parameter of the query or a header, by the name that the route gives it. */
  text(name: string): string | undefined;
  /** The same where the route says that it is an integer, an instant or a time to wait (these in milliseconds). */
  number(name: string): number | undefined;
  /** The body as it came; empty where there was none. */
  readonly body: string;
  /** The body's type as it came. */
  readonly contentType: string | undefined;
  /** The body where the route takes any type, and it is none that is read as a text. */
  readonly bytes: Buffer | undefined;
  /** A header as it came, by its name in lower case; several of one name are put together by commas. */
  header(name: string): string | undefined;
  headerNames(): readonly string[];
  /** A signal that is aborted when the caller has gone or the server is closing. */
  signal(): AbortSignal;
}

/** An answer: a value as JSON, text of another type (whole or in pieces), or a stream that a handler writes itself. */
export interface ApiAnswer {
  readonly status: number;
  readonly value?: object;
  readonly text?: { readonly type: string; readonly content: string };
  /** Sent as they come; where they fail in the middle the connection is cut. */
  readonly pieces?: { readonly type: string; readonly content: AsyncIterable<string> };
  readonly stream?: (out: EventStream) => void;
  readonly headers?: { readonly [name: string]: string };
}

/** Where a watch writes its events. */
export interface EventStream {
  /** False when the reader is behind: wait for `onDrain`. */
  write(text: string): boolean;
  onDrain(callback: () => void): void;
  /** The reader has gone, or the server is closing. */
  onClose(callback: () => void): void;
  end(): void;
}

/** What handlers work with. */
export interface Services {
  readonly runtime: Runtime;
  readonly vault: Vault;
  readonly jobs: Jobs;
  readonly deployments: Deployments;
  readonly autoscalers: Autoscalers;
  /** The nodes that poll. */
  readonly polled: PolledNodes;
  /** The keys of which one must have signed events that come in; undefined: they need not be signed. */
  readonly eventKeys: () => readonly Uint8Array[] | undefined;
  readonly version: string;
  /** The metrics as text. */
  readonly metrics: () => string;
  readonly state: () => "starting" | "ok" | "stopping";
}

/** Answers one operation; throws a BatonError, or an InvalidRequest, for an error. */
export type Handler = (request: ApiRequest, services: Services) => Promise<ApiAnswer> | ApiAnswer;
