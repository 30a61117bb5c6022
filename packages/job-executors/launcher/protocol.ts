// What a node and its launcher say to each other: one JSON text per line. A request carries a number that its answer repeats;
// news come unasked. All of it is between two programs of the same version on the same machine.
import type { JobErrorCode } from "../errors.ts";
import type { ExecutorAbilities, JobLimits, JobResult, JobUsage, ProgramKind, StopCode } from "../port.ts";

/** A job as the launcher starts it: whatever kind of program it was, by now it is a command. */
export interface LaunchSpec {
  readonly allocation: string;
  readonly token: number;
  readonly kind: ProgramKind;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly cwd?: string;
  /** Files that are written into its own folder first. */
  readonly files?: { readonly [name: string]: string };
  /** Its first process only watches over the others: signals pass it by, else it would end before them. */
  readonly isWatched?: boolean;
  readonly stdin?: string;
  readonly limits: JobLimits;
  readonly timeoutMs?: number;
  readonly graceMs?: number;
}

/** A job that the launcher knows. */
export interface KnownJob {
  readonly allocation: string;
  readonly token: number;
  readonly kind: ProgramKind;
  /** Absent: it runs. */
  readonly result?: JobResult;
}

/** What can be asked, and what is answered. */
export interface Requests {
  readonly start: { readonly asked: { readonly spec: LaunchSpec }; readonly answer: KnownJob };
  readonly list: { readonly asked: object; readonly answer: readonly KnownJob[] };
  readonly stop: {
    readonly asked: { readonly allocation: string; readonly code: StopCode; readonly graceMs?: number };
    readonly answer: null;
  };
  readonly signal: { readonly asked: { readonly allocation: string; readonly signal: string }; readonly answer: null };
  readonly freeze: { readonly asked: { readonly allocation: string; readonly frozen: boolean }; readonly answer: null };
  readonly usage: { readonly asked: { readonly allocation: string }; readonly answer: JobUsage };
  readonly release: { readonly asked: { readonly allocation: string }; readonly answer: null };
  readonly abilities: { readonly asked: object; readonly answer: ExecutorAbilities };
}

/** The names of the requests. */
export type RequestName = keyof Requests;

/** A request on the line. */
export type RequestMessage = { [Name in RequestName]: { readonly id: number; readonly do: Name } & Requests[Name]["asked"] }[RequestName];

/** An answer on the line. */
export type AnswerMessage =
  | { readonly id: number; readonly value: Requests[RequestName]["answer"] }
  | { readonly id: number; readonly error: { readonly code: JobErrorCode; readonly message: string } };

/** What the launcher says unasked. */
export type News =
  | { readonly news: "grown"; readonly allocation: string }
  | { readonly news: "ended"; readonly allocation: string; readonly result: JobResult };
