// The port of what runs jobs on a node: one for all kinds, one contract suite for all (contract/).
//
// - A job is known by its allocation. Starting the same allocation again gives the job that is there: an order that
//   is delivered twice runs once. Another fencing token for the same allocation is refused.
// - What the world does to a job (no such command, no memory) is a result, never an exception.
// - Jobs outlive the program that started them. After a restart `adopt` finds them all, those that have ended too:
//   a result is kept until it is released.
// - Whatever a job started ends with it.
import type { Instant, Millis } from "@baton/core";
import type { JobFailureCode } from "./errors.ts";

/** The kinds of programs that executors of this port run. */
export type ProgramKind = Program["kind"];

/** A program that the machine has. */
export interface CommandProgram {
  readonly kind: "process";
  /** A path, or a name that is looked for on the job's own PATH. */
  readonly command: string;
  readonly args: readonly string[];
}

/** A text in a language that the machine has an interpreter of. */
export interface ScriptProgram {
  readonly kind: "script";
  readonly language: "js" | "python";
  readonly code: string;
  readonly args: readonly string[];
  /** Whether it may use the network; absent: not. */
  readonly network?: boolean;
}

/** When the container of a job that has ended is removed. */
export type ContainerCleanup =
  | { readonly kind: "always" }
  | { readonly kind: "never" }
  | { readonly kind: "eventually"; readonly afterMs: Millis };

/** A file or folder of the machine that a container sees. */
export type ContainerVolume = {
  readonly host: string;
  readonly container: string;
  readonly readOnly?: boolean;
  /** An empty folder is made where the host has nothing; absent: then the job cannot start. */
  readonly create?: boolean;
};

/** A container of Docker or Podman. */
export interface ContainerProgram {
  readonly kind: "container";
  readonly image: string;
  /** Absent: "missing", if the engine does not have it. */
  readonly pull?: "missing" | "always" | "never";
  /** Absent: one made of the allocation. */
  readonly name?: string;
  /** Takes the place of the image's entry point; absent: the image's own. */
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly volumes?: readonly ContainerVolume[];
  readonly ports?: readonly { readonly host: number; readonly container: number }[];
  /** "none", "host", or a network of the engine; absent: the engine's own default. */
  readonly network?: string;
  /** Absent: always. */
  readonly cleanup?: ContainerCleanup;
}

/** A pod of a Kubernetes cluster, on a node of it that was chosen already. */
export interface KubernetesProgram {
  readonly kind: "kubernetes";
  readonly image: string;
  /** Absent: "missing", if the node does not have it. */
  readonly pull?: "missing" | "always" | "never";
  /** Takes the place of the image's entry point; absent: the image's own. */
  readonly command?: readonly string[];
  readonly args: readonly string[];
  /** The name of the node in the cluster. */
  readonly node: string;
  /** Absent: the executor's first one. */
  readonly namespace?: string;
  /** Absent: the namespace's own, without its credentials. */
  readonly serviceAccount?: string;
  readonly pullSecrets?: readonly string[];
  /** Whose pods may take the place of this one's when the cluster is full; absent: the cluster's default. */
  readonly priorityClass?: string;
  /** As namespaces with the Pod Security Standard "restricted" demand it. */
  readonly restricted?: boolean;
  /** The number of the user that the container runs as; absent: the image's. */
  readonly user?: number;
  /** Labels of the Job and its pod, beside our own. */
  readonly labels?: { readonly [name: string]: string };
  /** What it needs beside the job's limits, as the cluster calls it: "nvidia.com/gpu". */
  readonly resources?: { readonly [resource: string]: number };
  /** Of the node's taints: whoever chose the node knows them. */
  readonly tolerations?: readonly { readonly key: string; readonly value?: string; readonly effect: string; readonly operator: "Equal" }[];
  /** When its Job goes, once the job is released; absent: at once. */
  readonly cleanup?: ContainerCleanup;
}

/** What is to be run. */
export type Program = CommandProgram | ScriptProgram | ContainerProgram | KubernetesProgram;

/** What a job may use at most; absent: as much as the machine has (but see `defaultMaxPids`). */
export interface JobLimits {
  /** Thousandths of a core. */
  readonly cpuMillis?: number;
  readonly memoryBytes?: number;
  /** What its own folder may hold. */
  readonly diskBytes?: number;
  /** Processes and threads at a time. */
  readonly pids?: number;
}

/** One job, as the node was told to run it. */
export interface JobSpec {
  readonly allocation: string;
  /** The fencing token of the allocation: it grows with every allocation of the same job. */
  readonly token: number;
  readonly program: Program;
  readonly env: { readonly [name: string]: string };
  /** Absent: an empty folder of its own, which goes when the job is released. */
  readonly cwd?: string;
  /** Absent: reading ends at once. */
  readonly stdin?: string;
  readonly limits: JobLimits;
  /** Time that it may run for; time in which it is frozen does not count. */
  readonly timeoutMs?: Millis;
  /** What it gets between being asked to end and being killed. */
  readonly graceMs?: Millis;
}

/** How a job ended. */
export type JobEnd =
  | { readonly kind: "exited"; readonly exitCode: number }
  | { readonly kind: "signalled"; readonly signal: string }
  /** For a reason that the executor knows: it could not start, met a limit, or was stopped. */
  | {
      readonly kind: "failed";
      readonly code: JobFailureCode;
      readonly message: string;
      readonly exitCode?: number;
      readonly signal?: string;
    };

/** What a job has used so far. */
export interface JobUsage {
  readonly cpuMs: Millis;
  /** The most memory that it held at a time. */
  readonly memoryPeakBytes: number;
  /** Since its start, frozen or not. */
  readonly wallMs: Millis;
}

/** The final word on a job. */
export interface JobResult {
  readonly end: JobEnd;
  readonly usage: JobUsage;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
}

/** The two streams that a job writes. */
export type OutputStream = "stdout" | "stderr";

/** A piece of a stream: bytes at their offset from its beginning, or the mark that some were thrown away. */
export type OutputPiece =
  | { readonly kind: "data"; readonly stream: OutputStream; readonly offset: number; readonly data: Buffer }
  | { readonly kind: "cut"; readonly stream: OutputStream; readonly offset: number; readonly bytes: number };

/** How far somebody has read. */
export interface OutputPosition {
  readonly stdout: number;
  readonly stderr: number;
}

/** Why a job is stopped from outside. */
export type StopCode = Extract<JobFailureCode, "job-cancelled" | "job-lost" | "job-orphaned">;

/** A job that was started here, running or ended. */
export interface JobHandle {
  readonly allocation: string;
  readonly token: number;
  /** Settles when the job and all that it started are gone; never rejects. */
  readonly result: Promise<JobResult>;
  /** What it wrote, from a position on, until it has ended. What is no longer kept comes as a cut. */
  output(from?: OutputPosition): AsyncIterable<OutputPiece>;
  /**
   * Resolves when the program itself runs, which may be long after its order was taken: an image comes first. Never, where it ends
   * before. Absent: it runs as soon as there is a handle.
   */
  readonly began?: Promise<void>;
  /** Sends a signal to the job's own process group. */
  signal(signal: string): Promise<void>;
  /** Asks it to end and kills it, and whatever it started, when the grace is over. The result carries the code. */
  stop(options?: { readonly code?: StopCode; readonly graceMs?: Millis }): Promise<void>;
  /** Holds everything that belongs to the job where it is, without its noticing, and lets it go on. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  usage(): Promise<JobUsage>;
  /** Forgets an ended job, its output and its folder: call it when the result is safe elsewhere. */
  release(): Promise<void>;
}

/** How a limit is kept: by the kernel, by looking now and then, or not at all. */
export type Enforcement = "kernel" | "sampled" | "none";

/** What an executor can do on this machine, for people and for `baton doctor`. */
export interface ExecutorAbilities {
  /** By what: "cgroup v2", "cgroup v1", "processes of this machine", the name and version of an engine. */
  readonly by: string;
  /** Where that is, if it is another program: the socket of an engine. */
  readonly at?: string;
  /** False where it can run nothing at all here; absent: it can. */
  readonly isThere?: boolean;
  /** What cuts jobs off from the machine; absent: nothing does. */
  readonly sandbox?: string;
  readonly limits: { readonly [limit in keyof JobLimits]-?: Enforcement };
  readonly freeze: Enforcement;
  readonly accounting: Enforcement;
  /** What is missing and what would bring it, in sentences; empty where nothing is. */
  readonly notes: readonly string[];
}

/** Runs jobs of one kind. */
export interface JobExecutor {
  readonly kind: ProgramKind;
  abilities(): Promise<ExecutorAbilities>;
  /** Resolves when the order is recorded; how it went on is the handle's to tell. */
  start(spec: JobSpec): Promise<JobHandle>;
  /** All jobs of this kind that were started here and not released, by this program or one before it. */
  adopt(): Promise<readonly JobHandle[]>;
  /** Lets go of the jobs, which run on. */
  close(): Promise<void>;
}
