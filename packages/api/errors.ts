// Wire error codes: what can be wrong with a request itself, before any workflow is looked at. Codes of other
// packages reach the wire as they are (status.ts gives each its HTTP status); every code has one page.
import { errorFactory, type ErrorTable } from "@baton/core";

/** The codes that the API layer itself raises. */
export type ApiErrorCode =
  | "approval-invalid"
  | "authentication-required"
  | "body-malformed"
  | "body-too-deep"
  | "body-too-large"
  | "body-type-unsupported"
  | "command-refused"
  | "event-invalid"
  | "event-signature-invalid"
  | "events-too-many"
  | "filter-invalid"
  | "flow-invalid"
  | "flow-name-mismatch"
  | "flow-unknown"
  | "flow-version-taken"
  | "function-invalid"
  | "headers-too-large"
  | "host-refused"
  | "idempotency-key-reused"
  | "internal"
  | "lock-lost"
  | "method-not-allowed"
  | "origin-refused"
  | "namespace-too-large"
  | "output-missing"
  | "run-not-completed"
  | "parameter-invalid"
  | "request-malformed"
  | "request-timeout"
  | "route-unknown"
  | "run-unknown"
  | "step-unknown"
  | "server-stopping"
  | "server-unreachable"
  | "webhook-invalid";

/** Code to summary and advice; each has a page in docs/errors. */
export const apiErrors: ErrorTable<ApiErrorCode> = {
  "approval-invalid": {
    summary: "The answer lacks what an approval needs, or its form is not what the task asks for.",
    next: "Correct the places that are listed; `baton approval get ID` prints the schema of the form.",
    retryable: false,
  },
  "event-invalid": {
    summary: "What was sent is not a CloudEvent 1.0.",
    next: "Correct what the list of errors names.",
    retryable: false,
  },
  "event-signature-invalid": {
    summary: "The events are not signed with one of the server's secrets.",
    next: "Sign the request as Standard Webhooks says, with the secret that the server was given, and send it at once.",
    retryable: false,
  },
  "events-too-many": {
    summary: "The request brings more events than are taken at a time.",
    next: "Send them in several requests.",
    retryable: false,
  },
  "authentication-required": {
    summary: "The request carries no valid bearer token.",
    next: "Send the header Authorization: Bearer TOKEN with the token that the server was started with.",
    retryable: false,
  },
  "body-malformed": {
    summary: "The request's body is not what its content type says.",
    next: "Correct the body at the position given.",
    retryable: false,
  },
  "body-too-deep": {
    summary: "The request's body is nested more deeply than the server accepts.",
    next: "Send a flatter document.",
    retryable: false,
  },
  "body-too-large": {
    summary: "The request's body is larger than the server accepts.",
    next: "Send less, or keep the data elsewhere and send a reference to it.",
    retryable: false,
  },
  "body-type-unsupported": {
    summary: "The request's content type is not one that this route reads.",
    next: "Send the header Content-Type with a type that the message names.",
    retryable: false,
  },
  "command-refused": {
    summary: "The run cannot be given this command in the state that it is in.",
    next: "Look at the run's status; a run that has ended takes no more commands.",
    retryable: false,
  },
  "filter-invalid": {
    summary: "The filter or the order cannot be read.",
    next: "Correct it at the place that is marked; docs/guide/finding-runs.md has all fields and operators.",
    retryable: false,
  },
  "function-invalid": {
    summary: "The document is not a function that can be called.",
    next: "Correct what `errors` lists; each entry has its line and column.",
    retryable: false,
  },
  "flow-invalid": {
    summary: "The document is not a flow that can be run.",
    next: "Correct the places that are listed.",
    retryable: false,
  },
  "flow-name-mismatch": {
    summary: "The document's namespace or name is not the one in the address.",
    next: "Send the document to the address of its own namespace and name, or POST it to /v1/flows.",
    retryable: false,
  },
  "flow-unknown": {
    summary: "There is no flow with this namespace, name and version.",
    next: "List the flows with `baton flow list`, or register it with `baton apply`.",
    retryable: false,
  },
  "flow-version-taken": {
    summary: "This version of the flow is registered with another content.",
    next: "Give the changed document a new version.",
    retryable: false,
  },
  "headers-too-large": {
    summary: "The request's headers are larger than the server accepts.",
    next: "Send fewer or shorter headers.",
    retryable: false,
  },
  "host-refused": {
    summary: "The Host header names another machine than this one.",
    next: "Address the server as localhost or by its loopback address, or start it with a token.",
    retryable: false,
  },
  "idempotency-key-reused": {
    summary: "The Idempotency-Key was used before with another request.",
    next: "Use a new key for a new request, and the same key only to repeat the same request.",
    retryable: false,
  },
  internal: {
    summary: "The server met a problem of its own.",
    next: "Report it with the server's log lines of that time; the request may or may not have taken effect.",
    retryable: false,
  },
  "lock-lost": {
    summary: "A lock was lost while something was done under it.",
    next: "Take what was done as not protected; ask for the lock anew, and let what it protects refuse the old token.",
    retryable: true,
  },
  "method-not-allowed": {
    summary: "The address exists, but not with this method.",
    next: "Use one of the methods in the Allow header.",
    retryable: false,
  },
  "origin-refused": {
    summary: "The request comes from a web page of another origin.",
    next: "Call the API from a program, not from a page of another site.",
    retryable: false,
  },
  "namespace-too-large": {
    summary: "The namespace has more flows than one document describes.",
    next: "Name one flow: ?flow=NAME.",
    retryable: false,
  },
  "run-not-completed": {
    summary: "The run has ended without an output.",
    next: "Look at the run at the address that `Location` gives; where its fault is mended, retry it.",
    retryable: false,
  },
  "output-missing": {
    summary: "The run or step has no output: it has not completed, or there is none with this number.",
    next: "Look at the run; wait for it with GET /v1/runs/{id}?wait=30s.",
    retryable: false,
  },
  "parameter-invalid": {
    summary: "A parameter of the request is unknown or has a value that is not allowed.",
    next: "Correct the parameters that are listed.",
    retryable: false,
  },
  "request-malformed": {
    summary: "The request is not HTTP as the standard has it.",
    next: "Send it with a client library, or correct the request line and headers.",
    retryable: false,
  },
  "request-timeout": {
    summary: "The request did not arrive in time.",
    next: "Send the whole request without long pauses.",
    retryable: true,
  },
  "route-unknown": {
    summary: "There is nothing at this address.",
    next: "See /openapi.json for all addresses.",
    retryable: false,
  },
  "run-unknown": {
    summary: "There is no run with this id.",
    next: "List the runs with `baton run list`.",
    retryable: false,
  },
  "step-unknown": {
    summary: "The run has come to no such step.",
    next: "Look at its steps with `baton run get ID`; a step is named by its task's name, its address or its number.",
    retryable: false,
  },
  "server-stopping": {
    summary: "The server is shutting down.",
    next: "Send the request again once the server is back.",
    retryable: true,
  },
  "server-unreachable": {
    summary: "The server does not answer.",
    next: "Start it with `baton up`, or correct the address of the server.",
    retryable: true,
  },
  "webhook-invalid": {
    summary: "The webhook is not one that can be used.",
    next: "Correct the places that are listed.",
    retryable: false,
  },
};

/** Makes an error with one of the codes above. */
export const apiError = errorFactory(apiErrors);
