// The error for a lock that is not there.
import type { BatonError } from "@baton/core";
import { lockNameOf, type LockName } from "@baton/scheduler";
import { runtimeError } from "../errors.ts";

/** Nobody uses the lock of that name. */
export function lockUnknown(lock: LockName): BatonError {
  return runtimeError("lock-unknown", { message: `Nobody holds ${lockNameOf(lock)} or waits for it.` });
}
