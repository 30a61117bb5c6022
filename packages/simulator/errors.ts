// Everything that can be wrong with what a simulation is given. Readers return all problems that they find, as data:
// each has a code of this table, a place, and advice. Nothing here throws.
import type { ErrorTable } from "@baton/core";

/** The codes of the simulator's problems. */
export type SimulatorErrorCode =
  | "cluster-invalid"
  | "graph-cycle"
  | "graph-invalid"
  | "load-invalid"
  | "recording-malformed"
  | "simulation-invalid"
  | "trace-empty"
  | "trace-format-unknown"
  | "trace-malformed"
  | "trace-too-large";

/** Code to summary and advice; each has a page in docs/errors. */
export const simulatorErrors: ErrorTable<SimulatorErrorCode> = {
  "cluster-invalid": {
    summary: "The cluster description has a mistake.",
    next: "Correct the field at the place given; docs/guide/simulate.md lists the fields.",
    retryable: false,
  },
  "graph-cycle": {
    summary: "Jobs depend on each other in a circle, so none of them can ever start.",
    next: "Remove one of the dependencies named.",
    retryable: false,
  },
  "graph-invalid": {
    summary: "The task graph has a mistake.",
    next: "Correct the place given.",
    retryable: false,
  },
  "load-invalid": {
    summary: "The load to be generated is not described well.",
    next: "Correct the option named; baton simulate --help lists them with their ranges.",
    retryable: false,
  },
  "recording-malformed": {
    summary: "The recording of a scheduler cannot be read.",
    next: "Name a file that baton up --record has written; only its last line may be cut.",
    retryable: false,
  },
  "simulation-invalid": {
    summary: "The options do not describe a simulation that can be run.",
    next: "See baton simulate --help.",
    retryable: false,
  },
  "trace-empty": {
    summary: "The trace holds no job that can be simulated.",
    next: "Look at the reasons for which jobs were left out; a larger machine or another field for the processors may help.",
    retryable: false,
  },
  "trace-format-unknown": {
    summary: "The format of the trace is not recognised.",
    next: "Name it with --format swf, history, recording, wfformat, stg or psplib.",
    retryable: false,
  },
  "trace-malformed": {
    summary: "A line or a value of the trace does not follow its format.",
    next: "Correct the place given, or pass --malformed skip to go on without it.",
    retryable: false,
  },
  "trace-too-large": {
    summary: "The trace is larger than the simulator accepts.",
    next: "Cut it into parts.",
    retryable: false,
  },
};

/** One thing that is wrong, and where. */
export interface Problem {
  readonly code: SimulatorErrorCode;
  /** A line and field of a file, a JSON pointer, or the name of an option. */
  readonly where: string;
  readonly message: string;
  /** Advice more exact than the table's, where there is some. */
  readonly next?: string;
}

/** A problem, with advice of its own where the table's is too general. */
export function problem(code: SimulatorErrorCode, where: string, message: string, next?: string): Problem {
  return next === undefined ? { code, where, message } : { code, where, message, next };
}
