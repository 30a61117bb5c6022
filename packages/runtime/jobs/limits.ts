// The bounds of jobs. What lies beyond one is refused with an error that names it.
import type { Millis } from "@baton/core";

/** Jobs of one submission, arrays counted out. */
export const maxJobsPerSubmission = 10_000;

/** The text of a payload, a command line, a script or an environment as JSON. */
export const maxPayloadBytes = 256 * 1024;

/** Arguments of a program, and characters of each. */
export const mostArguments = 10_000;
export const longestArgument = 128 * 1024;

/** The most processes and threads that a job can be given: as many as a Linux machine has numbers for. */
export const mostPids = 4_194_304;

/** Volumes, and ports, of a container. */
export const mostMounts = 100;

/** What a function may answer, as JSON. */
export const maxResultBytes = 256 * 1024;

/** Levels of lists and objects in what a function answers. */
export const maxResultDepth = 256;

/** Jobs that have not ended; more are refused until there is room. */
export const maxLiveJobs = 1_000_000;

/** What was submitted with them, in characters: payloads, environments and command lines are kept in memory until a job has ended. */
export const maxLiveSpecLength = 256 * 1024 * 1024;

/** The most retries that a job may ask for. */
export const maxRetries = 100;

/** Lost nodes that a job survives when nothing is said. */
export const defaultLostRetries = 3;

/** The wait before the first retry when nothing is said, and the longest that doubling leads to. */
export const retryWaitMs: { readonly first: Millis; readonly longest: Millis } = { first: 1_000, longest: 3_600_000 };

/** What is kept of an attempt's output: so much of its beginning, so much of its end. */
export const jobOutputLimits = { headBytes: 256 * 1024, tailBytes: 768 * 1024 } as const;

/** What is kept of the output of a flow's step: as much as a step may put out, of both streams. */
export const stepOutputLimits = { headBytes: 8 * 1024 * 1024, tailBytes: 768 * 1024 } as const;

/** What a step may put out of each stream. */
export const maxStepOutputBytes = 4 * 1024 * 1024;

/** What a process of a flow asks for when it says nothing of the processor; it may then use what is free. */
export const stepCpuMillis = 100;

/** A piece of output is at most this long; longer ones are cut into several. */
export const outputPieceBytes = 64 * 1024;

/** Output of all jobs that waits for the store; of more than that a part is thrown away and shows as a gap. */
export const maxGatheredOutputBytes = 64 * 1024 * 1024;

/** A node is suspect when it was not heard of for so long, and lost when its lease is over; how often it is to be heard of. */
export const nodeTimes: {
  readonly suspectMs: Millis;
  readonly leaseMs: Millis;
  readonly heartbeatMs: Millis;
  /** A worker that is lost is remembered for so long; a machine until it is removed. */
  readonly workerKeptMs: Millis;
} = {
  workerKeptMs: 86_400_000,
  suspectMs: 6_000,
  leaseMs: 15_000,
  heartbeatMs: 2_000,
};

/**
 * A node takes no new jobs while it has less memory or disk free than this share of what it has, and than these bytes; again when
 * it has so many times as much. The same while its work waits for memory for such a share of the time.
 */
export const pressureLimits = {
  share: 0.05,
  mostBytes: 1024 ** 3,
  endsAtTimes: 2,
  stalledPercent: { begins: 40, ends: 10 },
} as const;

/** A node's times are corrected when its clock is off by more than the first; by more than the second it is refused. */
export const clockLimitsMs: { readonly corrected: Millis; readonly refused: Millis } = { corrected: 2_000, refused: 300_000 };

/** Tokens for nodes to join with: how many there may be, how long one is good when nothing is said, and at most. */
export const joinTokenLimits: { readonly count: number; readonly defaultMs: Millis; readonly longestMs: Millis } = {
  count: 1_000,
  defaultMs: 86_400_000,
  longestMs: 365 * 86_400_000,
};

/** What a node may say of itself: the longest name, label or resource, and how many labels, resources and taints. */
export const nodeHelloLimits = { name: 128, text: 200, entries: 200 } as const;

/** A batch that could not be stored is written again after so long, then after twice as long, up to the second. */
export const storeRetryMs: { readonly first: Millis; readonly longest: Millis } = { first: 50, longest: 5_000 };

/** Jobs that are read at a time when a server starts. */
export const recoveryJobs = 2_000;

/** What a command or script asks for when it says nothing of the processor: one core. */
export const defaultCpuMillis = 1_000;

/** The resource that a job for a Kubernetes cluster takes one of: the pods that a node may have. */
export const podResource = "pods";

/** The resource that a function's job takes one of: a worker's places. */
export const slotResource = "slots";

/** The audit log: how long and how much is kept, how often it is looked after, and how much of it is read at a time. */
export const auditLimits = { keptMs: 30 * 86_400_000, keptEntries: 2_000_000, sweepMs: 60_000, pagesAtATime: 500 } as const;

/** Jobs that have ended are looked for so often, and forgotten so many at a time. */
export const jobRetention = { sweepMs: 60_000, page: 500 } as const;
