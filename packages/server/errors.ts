// What keeps a server from starting, and what it says while it does not take requests yet.
import { errorFactory, type ErrorTable } from "@baton/core";

/** The codes of the server itself. */
export type ServerErrorCode =
  | "address-unusable"
  | "archive-unreadable"
  | "cluster-unknown"
  | "port-in-use"
  | "recording-unusable"
  | "server-starting"
  | "stream-unknown"
  | "token-invalid"
  | "token-required";

/** Code to summary and advice; each has a page in docs/errors. */
export const serverErrors: ErrorTable<ServerErrorCode> = {
  "address-unusable": {
    summary: "The server cannot listen on this address.",
    next: "Give --host an address of this machine and --port a number that this user may use.",
    retryable: false,
  },
  "cluster-unknown": {
    summary: "This server knows no Kubernetes cluster of this name.",
    next: "Start the server with --kubernetes and the cluster's kubeconfig, or name one that it knows.",
    retryable: false,
  },
  "archive-unreadable": {
    summary: "The archive of runs cannot be read.",
    next: "Check the path; a file that was cut off or changed is to be replaced by a copy.",
    retryable: false,
  },
  "port-in-use": {
    summary: "Another program listens on this port.",
    next: "Stop it, or choose another port with --port (0 takes a free one).",
    retryable: false,
  },
  "recording-unusable": {
    summary: "The folder for recordings of the scheduler cannot be written to.",
    next: "Give --record a folder that this user may write to.",
    retryable: false,
  },
  "server-starting": {
    summary: "The server is taking up the runs that were under way when it stopped.",
    next: "Send the request again after a moment.",
    retryable: true,
  },
  "stream-unknown": {
    summary: "There is no stream at this address.",
    next: "Open the WebSocket at /v1/stream.",
    retryable: false,
  },
  "token-invalid": {
    summary: "The token cannot be sent in a header.",
    next: "Use letters, digits and punctuation without spaces, for example the output of: openssl rand -hex 24.",
    retryable: false,
  },
  "token-required": {
    summary: "A server that other machines can reach needs a token.",
    next: "Start it with --token TOKEN, or leave --host away so that it listens on this machine only.",
    retryable: false,
  },
};

/** Makes an error with one of the codes above. */
export const serverError = errorFactory(serverErrors);
