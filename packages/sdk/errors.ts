// What can go wrong in a program that uses the stream or runs functions.
import { errorFactory, type ErrorTable } from "@baton/core";

const table = {
  "function-failed": {
    summary: "The function threw an error.",
    next: "Look at the message and at the worker's own log; mend the function, or let the job be tried again with retries.",
    retryable: true,
  },
  "stream-broken": {
    summary: "The stream to the server broke before the answer came, so it is not known whether the jobs were taken in.",
    next: "Submit them again with the idempotency key that they had; without one, look for them with `baton job list` first.",
    retryable: true,
  },
} as const satisfies ErrorTable<string>;

/** An error of this package. */
export const sdkError = errorFactory<keyof typeof table>(table);
