// Functions and jobs from programs: define functions, run a worker for them, and submit jobs by the stream.
export { defineFunction, type CallContext, type FunctionDefinition } from "./function.ts";
export { connectJobs, type JobHandle, type JobStream } from "./job-stream.ts";
export { ServerLink, type LinkListener, type LinkOptions } from "./server-link.ts";
export { startWorker, type Worker, type WorkerOptions } from "./worker.ts";
