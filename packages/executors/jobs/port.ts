// The port of what runs jobs on a machine. An executor starts a task and tells how it goes on; it decides nothing. It
// reports exactly one end for everything that it was asked to start, and never throws for what the world does to it.
import type { Instant, Json, Millis } from "@baton/core";
import type { ContainerCleanup, ContainerVolume } from "@baton/job-executors";

export type { ContainerVolume } from "@baton/job-executors";

/** What a job does, fully known. */
export type JobWork =
  | { readonly kind: "command"; readonly command: readonly string[] }
  | {
      readonly kind: "script";
      readonly language: "js" | "python";
      readonly code: string;
      readonly arguments: readonly string[];
      readonly network?: boolean;
    }
  | {
      readonly kind: "container";
      readonly image: string;
      /** Absent: "missing", if the node does not have it. */
      readonly pull?: "missing" | "always" | "never";
      /** Absent: one made of the job and its attempt. */
      readonly name?: string;
      /** Takes the place of the image's entry point. */
      readonly command?: readonly string[];
      readonly arguments: readonly string[];
      readonly volumes?: readonly ContainerVolume[];
      readonly ports?: readonly { readonly host: number; readonly container: number }[];
      /** "none", "host" or a network of the node's engine. */
      readonly network?: string;
      /** When the container goes once it has ended; absent: at once. */
      readonly cleanup?: ContainerCleanup;
      /** What only a Kubernetes cluster understands; absent: any node with containers will do. */
      readonly kubernetes?: KubernetesTerms;
    }
  | { readonly kind: "function"; readonly function: string; readonly version: string }
  /** An instance of a deployed package of functions. */
  | { readonly kind: "package"; readonly digest: string; readonly entry: string };

/** Where and as whom a container runs in a Kubernetes cluster. */
export type KubernetesTerms = {
  /** Absent: the first one that jobs may go to. */
  readonly namespace?: string;
  /** Absent: the namespace's own, without its credentials. */
  readonly serviceAccount?: string;
  readonly labels?: { readonly [name: string]: string };
  readonly pullSecrets?: readonly string[];
  /** Absent: the cluster's default. */
  readonly priorityClass?: string;
  /** As namespaces with the Pod Security Standard "restricted" demand it. */
  readonly restricted?: boolean;
  /** The number of the user that the container runs as; absent: the image's. */
  readonly user?: number;
};

/** A container of an image. */
export type ContainerWork = Extract<JobWork, { readonly kind: "container" }>;

/** One attempt of a job, as a node is told to run it. */
export interface JobTask {
  readonly job: string;
  /** The fencing token: one more with each attempt of the job. */
  readonly token: number;
  readonly work: JobWork;
  /** A function's input; a process finds it on its standard input, text as it is and other values as JSON. */
  readonly payload: Json;
  readonly environment: { readonly [name: string]: string };
  /** What it may use at most, by resource: cpu in millis, memory and disk in bytes, pids in processes and threads. */
  readonly limits: { readonly [resource: string]: number };
  readonly timeoutMs: Millis | null;
}

/** What a task used, as far as it could be measured. */
export interface JobUsage {
  readonly wallMs: Millis;
  readonly cpuMs?: Millis;
  readonly memoryBytes?: number;
}

/** Why a job failed: a code with a page of its own, and what exactly happened. */
export interface JobFault {
  readonly code: string;
  readonly message: string;
  readonly exitCode?: number;
  /** Of a function that named its error itself, as RFC 9457 has it. */
  readonly problem?: JobProblem;
}

/** What a function says of its error: a URI that tells its kind, a status, and words for people. */
export interface JobProblem {
  readonly type: string;
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
}

/** How a task ended. `stopped`: it was told to, whatever it did then; `lost`: nobody knows how. */
export type JobEnd =
  | { readonly status: "completed"; readonly result: Json; readonly usage: JobUsage }
  | { readonly status: "failed"; readonly fault: JobFault; readonly usage: JobUsage }
  | { readonly status: "stopped"; readonly usage: JobUsage }
  | { readonly status: "lost"; readonly usage: JobUsage; readonly reason?: string };

/** Where an executor tells how a task goes on. */
export interface TaskListener {
  started(at: Instant): void;
  /** `offset`: where in its stream the piece begins, in bytes; what lies between two pieces is gone. */
  output(stream: "stdout" | "stderr", chunk: Uint8Array, offset: number): void;
  /** Once, as the last; with when it really began and ended, where that is known better. */
  ended(end: JobEnd, times?: { readonly startedAt: Instant; readonly endedAt: Instant }): void;
}

/** A task under way. Each call may come at any time, also after the end. */
export interface RunningTask {
  /** Ends it: in order, with a grace, or at once. */
  stop(how: "gently" | "at-once"): void;
  /** Takes the processor from it; true where that works. */
  freeze(): Promise<boolean>;
  thaw(): void;
  /** Its end is safe: nothing of it need be kept. */
  forget(): void;
}

/** A task of a former life of this node. */
export interface AdoptedTask {
  readonly job: string;
  readonly token: number;
  /** Goes on with it: what it wrote is told from the beginning, and its end if it has ended. */
  attach(listener: TaskListener): RunningTask;
}

/** Runs tasks of the kinds that it names. */
export interface JobExecutor {
  readonly kinds: readonly JobWork["kind"][];
  start(task: JobTask, listener: TaskListener): RunningTask;
  /** What a former life of this node has started and nobody has forgotten. */
  adopt(): Promise<readonly AdoptedTask[]>;
  /** Lets go of everything; whether it runs on is the executor's to know. */
  close(): Promise<void>;
}
