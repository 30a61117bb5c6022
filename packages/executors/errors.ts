// Why an attempt of a job can fail beside what its executor knows (job-executors). A job carries the code; each has a page.
import type { ErrorTable } from "@baton/core";
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
} as const satisfies ErrorTable<string>;

/** What to do about an attempt that failed with a code; undefined for one that says nothing about attempts. */
export function faultAdvice(code: string): string | undefined {
  return Object.hasOwn(table, code) ? table[code as keyof typeof table].next : failureAdvice(code);
}
