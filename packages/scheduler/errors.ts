// What can be wrong with what the scheduler is told. Each code has a page in docs/errors.
import { errorFactory, type ErrorTable } from "@baton/core";
import type { Problem } from "./types.ts";

const table = {
  "job-invalid": {
    summary: "A job asks for something that cannot be.",
    next: "Correct the field that is named and submit the job again.",
    retryable: false,
  },
  "job-impossible": {
    summary: "No node that is known could ever run this job.",
    next: "Ask for less, loosen the constraint that is named, or add a node that is large enough.",
    retryable: false,
  },
  "dependency-cycle": {
    summary: "Jobs wait for each other in a circle.",
    next: "Take away one of the dependencies that are named.",
    retryable: false,
  },
  "dependency-failed": {
    summary: "A job that this one waits for did not complete.",
    next: "Repair and submit the failed job again, then this one.",
    retryable: false,
  },
  "scheduled-id-unknown": {
    summary: "The scheduler does not know this job, node or reservation.",
    next: "Check the id; it may have ended already.",
    retryable: false,
  },
  "report-late": {
    summary: "A report about a job came too late to change anything.",
    next: "Nothing need be done; reports that come twice are ignored.",
    retryable: false,
  },
  "node-invalid": {
    summary: "The description of a node has a mistake.",
    next: "Correct the field that is named.",
    retryable: false,
  },
  "queues-invalid": {
    summary: "The tree of queues has a mistake.",
    next: "Correct the field that is named; the tree that was there stays in force.",
    retryable: false,
  },
  "policy-invalid": {
    summary: "The policy has a mistake.",
    next: "Correct the field that is named; the policy that was there stays in force.",
    retryable: false,
  },
  "task-graph-invalid": {
    summary: "A graph of tasks has a mistake.",
    next: "Correct the task that is named.",
    retryable: false,
  },
  "lock-invalid": {
    summary: "A lock is asked for in a way that cannot be.",
    next: "Correct what is named and ask again.",
    retryable: false,
  },
  "lock-mismatch": {
    summary: "The lock is in use as something else.",
    next: "Use the same kind and size as the others, or another name.",
    retryable: false,
  },
  "lock-held": {
    summary: "The lock cannot be had at once.",
    next: "Try again later, or wait for it.",
    retryable: true,
  },
  "lock-timeout": {
    summary: "The lock was not to be had in time.",
    next: "Ask again, with a longer timeout where it should wait longer.",
    retryable: true,
  },
  "lock-deadlock": {
    summary: "Whoever asks would wait for itself.",
    next: "Release what is held and begin again; take locks in the same order everywhere.",
    retryable: false,
  },
  "lock-not-held": {
    summary: "The claim does not hold the lock under this token.",
    next: "Stop what was done under the lock; ask for it anew.",
    retryable: false,
  },
  "lock-queue-full": {
    summary: "Too many wait for the lock already.",
    next: "Ask again later.",
    retryable: true,
  },
  "locks-too-many": {
    summary: "Too many locks are held or waited for.",
    next: "Release locks that are not needed any more, then ask again.",
    retryable: true,
  },
} as const satisfies ErrorTable<string>;

/** The codes of this package. */
export type SchedulerErrorCode = keyof typeof table;

/** An error of this package, for functions that are called with what is wrong. */
export const schedulerError = errorFactory<SchedulerErrorCode>(table);

/** What is wrong with an input, as data. */
export function problem(code: SchedulerErrorCode, where: string, message: string, next: string = table[code].next): Problem {
  return { code, where, message, next };
}
