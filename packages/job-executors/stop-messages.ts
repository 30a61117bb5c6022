// What a job that was stopped is told as the reason.
import { formatBytes } from "@baton/core";
import type { StopCode } from "./port.ts";

/** Stopped from outside: a sentence for each reason. */
export const stopMessages: { readonly [Code in StopCode]: string } = {
  "job-cancelled": "It was cancelled.",
  "job-lost": "It was given up.",
  "job-orphaned": "Nobody asked after it for too long, so it was stopped.",
};

/** Killed for its memory: by its limit, or where it has none because its node had no more. */
export function outOfMemoryMessage(memoryBytes: number | undefined): string {
  const most = memoryBytes === undefined ? "memory than the node has" : `than ${formatBytes(memoryBytes)} of memory`;
  return `It needed more ${most} and was killed.`;
}
