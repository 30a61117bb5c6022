// Why an attempt of a job can fail beside what its executor knows (job-executors). A job carries the code; each has a page.
import { errorFactory, type ErrorTable } from "@baton/core";
import { failureAdvice } from "@baton/job-executors";

const table = {
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
  "package-unavailable": {
    summary: "The node does not have the files of the package, and could not get them.",
    next: "Look at the message; the instance is begun again after a pause. Deploy the package once more where its files are gone.",
    retryable: true,
  },
} as const satisfies ErrorTable<string>;

/** An error with one of these codes. */
export const jobFault = errorFactory<keyof typeof table>(table);

/** What to do about an attempt that failed with a code; undefined for one that says nothing about attempts. */
export function faultAdvice(code: string): string | undefined {
  return Object.hasOwn(table, code) ? table[code as keyof typeof table].next : failureAdvice(code);
}
