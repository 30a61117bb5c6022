// What an executor takes and keeps at most, and how long it waits.
import type { Millis } from "@baton/core";

/** Processes and threads of a job that names no limit: enough for a large build, too few to choke a machine. */
export const defaultMaxPids = 4096;

/** What a job gets between being asked to end and being killed, unless it says otherwise. */
export const defaultGraceMs: Millis = 10_000;

/** A stream is kept in files of this size: the first one, and the last ones. */
export const outputSegmentBytes = 1024 * 1024;
export const outputLastSegments = 3;

/** What a job may write per stream and window before it is made to wait, so that no job starves the others. */
export const outputWindowMs: Millis = 20;
export const outputWindowBytes = 1024 * 1024;

/** The most that one piece of output carries. */
export const outputPieceBytes = 64 * 1024;

/** How long the output of a job that has ended is waited for, should a stranger hold its streams open. */
export const drainMs: Millis = 1000;

/** How often somebody who follows output hears of more. */
export const grownEveryMs: Millis = 20;

/** How often memory and processes of a job are looked at where the kernel does not keep the limits. */
export const sampleEveryMs: Millis = 200;

/** How often the kernel's own counters are looked at where it does. */
export const countersEveryMs: Millis = 500;

/** How often the folder of a job with a disk limit is measured. */
export const measureDiskEveryMs: Millis = 500;

/** How long a kill may take until what is left is given up: a process in an uninterruptible wait cannot be killed. */
export const killPatienceMs: Millis = 20_000;

/** The longest allocation id: it names folders and control groups. */
export const maxAllocationLength = 120;

/** The longest line between a node and its launcher; the input of a job is the largest part of one. */
export const maxLineBytes = 64 * 1024 * 1024;

/**
 * How long a launcher may take to be there, which is long where the machine is busy; for how long one is tried to be had, and the
 * pause between two attempts; and how often one may end because it cannot begin.
 */
export const launcherStartMs: Millis = 60_000;
export const launcherPatienceMs: Millis = 60_000;
export const launcherPauseMs: Millis = 100;
export const launcherTries = 3;

/** How long a launcher without jobs and without anybody connected stays. */
export const launcherIdleMs: Millis = 1000;

/** The largest answer that a container engine may give at once. */
export const maxEngineAnswerBytes = 16 * 1024 * 1024;

/** How often a running container's CPU time and memory are asked for. */
export const containerSampleMs: Millis = 1000;

/** How long an engine may take to say what it is: one that is started by the first request takes a while. */
export const engineAnswerMs: Millis = 10_000;

/** How long an engine is waited for to say that a container has ended, until it is asked how the container is. */
export const engineWaitMs: Millis = 5_000;

/** How long an engine may take to answer a question. Orders have no such bound: what it is still about to do must be known. */
export const engineSilenceMs: Millis = 60_000;

/** What an engine keeps of a container's output, in two files: for those who go on after somebody else. */
export const engineLogBytes = 400 * 1024 * 1024;

/** How long the log of a container that has ended may say nothing; then it is read as it lies there. */
export const engineLogMs: Millis = 5_000;

/** The longest pause between two attempts to remove a container. */
export const removalRetryMs: Millis = 60_000;

/** How often containers are looked for that nobody knows of any more. */
export const sweepContainersMs: Millis = 60_000;

/** How long an executor without a successor may take to remove its containers. */
export const lastRemovalsMs: Millis = 20_000;

/** How long to wait before a lost connection to the engine is built up again. */
export const engineRetryMs: Millis = 500;

/** How long a program may take to give credentials, how much it may say, and how long before their end they are fetched anew. */
export const execCredentialMs: Millis = 60_000;
export const execOutputBytes = 1024 * 1024;
export const tokenRenewMs: Millis = 60_000;

/** The largest answer of a Kubernetes API server that is read at once, and the longest line of a watch. */
export const maxClusterAnswerBytes = 64 * 1024 * 1024;

/** How long a Kubernetes API server may take for one answer. */
export const clusterAnswerMs: Millis = 30_000;

/** How long one watch lasts until it is asked for anew, and how much longer nothing may come before it counts as broken. */
export const watchSeconds = 290;
export const watchSilenceMs: Millis = (watchSeconds + 30) * 1000;

/** How many objects a list gives at a time. */
export const listPage = 500;

/** How long to wait before a Kubernetes API server that did not answer is asked again: first, and at most. */
export const clusterRetryMs: { readonly first: Millis; readonly longest: Millis } = { first: 200, longest: 5_000 };

/** The input of a job in a Kubernetes cluster, which takes 256 KiB of annotations for an object. */
export const maxPodInputBytes = 255 * 1024;

/** How much later than its timeout a cluster ends a pod by itself, should no executor be there: pulling its image counts too. */
export const deadlineAllowanceSeconds = 600;

/** How long a cluster may fail to pull an image, to create a container or a pod until the job fails of it. */
export const podPatienceMs: Millis = 60_000;

/** How often a scale is written that something else changes at the same time. */
export const scaleTries = 5;

/** How long the log of a pod that has ended may say nothing until what is left of it is given up. */
export const logSilenceMs: Millis = 30_000;

/** Changes of a cluster's nodes and pods within so long are told together. */
export const nodesSettleMs: Millis = 200;
