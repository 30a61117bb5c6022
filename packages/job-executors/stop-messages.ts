// What a job that was stopped is told as the reason.
import type { StopCode } from "./port.ts";

/** Stopped from outside: a sentence for each reason. */
export const stopMessages: { readonly [Code in StopCode]: string } = {
  "job-cancelled": "It was cancelled.",
  "job-lost": "It was given up.",
  "job-orphaned": "Nobody asked after it for too long, so it was stopped.",
};
