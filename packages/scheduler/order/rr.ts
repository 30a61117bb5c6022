// Round robin with a time slice (Kleinrock 1964): a job that has had its slice gives way to one that waits and goes to
// the end of the order. With slices much shorter than jobs this comes close to processor sharing.
import type { Millis } from "@baton/core";
import type { OrderRules } from "../model.ts";

/** Takes turns of `sliceMs`. A job that has had its slice keeps its node for as long as nobody waits for it. */
export function rr(sliceMs: Millis): OrderRules {
  return {
    policy: { name: "rr", sliceMs },
    dynamic: false,
    key: () => 0,
    yields: (victim, _job, now) => (now - victim.startedAt >= sliceMs ? victim.startedAt : undefined),
    yieldsAt: (victim) => victim.startedAt + sliceMs,
  };
}
