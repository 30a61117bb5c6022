// The handle of a job that could not be run for what its order says: it has ended before it began, and left nothing.
import type { JobFailureCode } from "./errors.ts";
import type { JobHandle, JobResult, JobSpec } from "./port.ts";

/** A job that was refused, with the reason as its result. */
export function refusedJob({ allocation, token }: JobSpec, code: JobFailureCode, message: string): JobHandle {
  const now = Date.now();
  const usage = { cpuMs: 0, memoryPeakBytes: 0, wallMs: 0 };
  const result: JobResult = { end: { kind: "failed", code, message }, usage, startedAt: now, endedAt: now };
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    allocation,
    token,
    result: Promise.resolve(result),
    output: async function* () {},
    signal: nothing,
    stop: nothing,
    freeze: nothing,
    thaw: nothing,
    usage: () => Promise.resolve(usage),
    release: nothing,
  };
}
