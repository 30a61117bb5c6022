// A route as data, and what routes have in common.
import { defaultPageSize, maxIdempotencyKeyLength, maxPageSize } from "./limits.ts";

/** How a parameter's text is read. */
export type ParameterKind =
  | { readonly type: "text"; readonly maxLength: number }
  | { readonly type: "name" }
  | { readonly type: "choice"; readonly of: readonly string[] }
  | { readonly type: "instant" }
  | { readonly type: "integer"; readonly min: number; readonly max: number }
  | { readonly type: "wait" };

/** A parameter in the query or a header; the ones in the path follow from the path. */
export interface Parameter {
  readonly name: string;
  readonly in: "query" | "header";
  readonly kind: ParameterKind;
  readonly summary: string;
}

/** What a body may be. */
export interface BodyRule {
  readonly types: readonly string[];
  readonly summary: string;
  readonly required: boolean;
  /** Bodies of any other type are read as they are. */
  readonly others?: boolean;
  /** The name of its schema; absent: any JSON, or a text. */
  readonly schema?: string;
}

/** An answer that is not an error. */
export interface Answer {
  readonly summary: string;
  /** The name of a schema, or the media type of what is not JSON. */
  readonly schema?: string;
  readonly mediaType?: string;
}

/** One route. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly tag:
    | "approvals"
    | "events"
    | "flows"
    | "functions"
    | "runs"
    | "jobs"
    | "locks"
    | "queues"
    | "deployments"
    | "nodes"
    | "schedules"
    | "secrets"
    | "webhooks"
    | "server";
  readonly summary: string;
  /** The collection that it is about, where that is part of a namespace; true: flows. */
  readonly namespaced?: true | "locks";
  /** Answered without a token. */
  readonly open?: boolean;
  /** Answered to nodes with credentials of their own. */
  readonly nodes?: boolean;
  readonly parameters: readonly Parameter[];
  readonly body?: BodyRule;
  readonly answers: { readonly [status: number]: Answer };
  /** Codes beyond the ones that every route can answer. */
  readonly errors: readonly string[];
}

/** Codes that any route can answer. */
export const commonErrors: readonly string[] = [
  "authentication-required",
  "host-refused",
  "origin-refused",
  "parameter-invalid",
  "server-stopping",
  "internal",
];

/** The longest text of a parameter that has no shorter bound. */
export const longestText = 200;

/** `pageSize` of a request. */
export const pageSize: Parameter = {
  name: "pageSize",
  in: "query",
  kind: { type: "integer", min: 1, max: maxPageSize },
  summary: `How many items, ${defaultPageSize} when nothing is said.`,
};
/** `pageToken` of a request. */
export const pageToken: Parameter = {
  name: "pageToken",
  in: "query",
  kind: { type: "text", maxLength: longestText },
  summary: "`nextPageToken` of the page before.",
};
/** `namespaceFilter` of a request. */
export const namespaceFilter: Parameter = { name: "namespace", in: "query", kind: { type: "name" }, summary: "Only of this namespace." };
/** `wait` of a request. */
export const wait: Parameter = {
  name: "wait",
  in: "query",
  kind: { type: "wait" },
  summary: "Hold the answer until the run has ended, at most so long: `30s`, `2m`, `PT30S`.",
};
/** `dryRun` of a request. */
export const dryRun: Parameter = {
  name: "dryRun",
  in: "query",
  kind: { type: "choice", of: ["true", "false"] },
  summary: "`true`: everything is checked and answered as if it were done, and nothing changes.",
};
/** `idempotencyKey` of a request. */
export const idempotencyKey: Parameter = {
  name: "Idempotency-Key",
  in: "header",
  kind: { type: "text", maxLength: maxIdempotencyKeyLength },
  summary: "A request that is repeated with the same key takes effect once and gets the same answer.",
};
/** `ifNoneMatch` of a request. */
export const ifNoneMatch: Parameter = {
  name: "If-None-Match",
  in: "header",
  kind: { type: "text", maxLength: longestText },
  summary: "The ETag that the caller has; answered with 304 where it still holds.",
};

/** The body of a command that says nothing more. */
export const noBody: BodyRule = { types: ["application/json"], summary: "Nothing, or an empty object.", required: false };

/** What any body can be refused with. */
export const bodyErrors = ["body-malformed", "body-too-deep", "body-too-large", "body-type-unsupported"];
