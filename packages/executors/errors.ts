// Why a job's attempt can fail on a node. A job carries the code; each has a page.
import { errorFactory, type ErrorTable } from "@baton/core";

const table = {
  "command-not-found": {
    summary: "The node has no program of this name.",
    next: "Install it on the node, give its whole path, or constrain the job to nodes that have it.",
    retryable: false,
  },
  "command-not-permitted": {
    summary: "The node's user may not run this program.",
    next: "Make the file executable for the user that the node runs as, or name another program.",
    retryable: false,
  },
  "job-exit": {
    summary: "The process ended with an exit code other than 0.",
    next: "Read what it wrote with `baton job logs`.",
    retryable: false,
  },
  "job-killed": {
    summary: "The process was ended by a signal that Baton did not send.",
    next: "Look for who sent it: the system when memory is short, an operator, or the program itself.",
    retryable: true,
  },
  "job-timed-out": {
    summary: "The job ran longer than its timeout and was stopped.",
    next: "Give it more time, or make it faster.",
    retryable: false,
  },
  "job-start-failed": {
    summary: "The node could not start the job.",
    next: "Look at the message: a folder, an interpreter or memory was missing on the node.",
    retryable: true,
  },
} as const satisfies ErrorTable<string>;

/** The codes that an attempt can fail with on a node. */
export type JobFaultCode = keyof typeof table;

/** An error with one of these codes. */
export const jobFault = errorFactory<JobFaultCode>(table);
