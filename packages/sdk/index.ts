// Functions, jobs and locks from programs: define functions, run a worker for them, submit jobs by the stream, and do things under locks.
export { defineFunction, FunctionError, type CallContext, type ErrorNames, type FunctionDefinition } from "./function.ts";
export { connectJobs, type JobHandle, type JobStream } from "./job-stream.ts";
export { packageProgram } from "./package-path.ts";
export { ServerLink, type LinkListener, type LinkOptions } from "./server-link.ts";
export { startWorker, type Worker, type WorkerOptions } from "./worker.ts";
export { Locks, type AcquireOptions, type HeldLock, type Leader, type LocksOptions, type LockUse } from "@baton/api";
