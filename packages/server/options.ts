// How a server is started, and what one gets.
import type { Json, Millis } from "@baton/core";
import type { Executor } from "@baton/executors";
import type { Autoscalers, Deployments, Jobs, PackageHost, RetentionRule, Runtime, RuntimeLimits, Vault } from "@baton/runtime";
import type { Store } from "@baton/storage";
import type { LogLevel, LogWriter } from "./log.ts";

/** Where runs are kept and how they are performed. */
export interface RuntimeSetup {
  /** The folder of the data; without one everything is in memory and gone when the server is closed. */
  readonly dataDir?: string;
  /** No more than this is stored in the folder; absent: as much as the disk takes. */
  readonly maxDataBytes?: number;
  /** Instead of the executors for HTTP and processes. The server closes them. */
  readonly executors?: readonly Executor[];
  /** Secrets that last as long as the process, for every namespace; absent: the ones that are stored. */
  readonly secrets?: { readonly [name: string]: Json };
  /** The keys that stored secrets are encrypted with, one on each line, the current one first; absent: none can be set or read. */
  readonly secretKeys?: string;
  /** Names of secrets, of the namespace `default`, with one of which events that come in must be signed; absent: they need not be. */
  readonly eventSecrets?: readonly string[];
  /** How long events are kept for those who begin to wait later; an hour when nothing is said. */
  readonly keptEventsMs?: Millis;
  /** How long runs are kept whose flows say nothing; the most precise rule counts. Only together with a data folder. */
  readonly retention?: readonly RetentionRule[];
  /** How long jobs are kept after their end; absent: for ever. */
  readonly keptJobsMs?: Millis;
  /** Where runs are archived before they are forgotten; `archive` in the data folder when nothing is said. */
  readonly archiveDir?: string;
  /** False for a process that lasts only as long as one run: its flows' schedules stay idle. */
  readonly firesSchedules?: boolean;
  /** The folder whose files flows may use as external resources (`file:`); absent: none. */
  readonly resourceFolder?: string;
  /** Whether this process is a node that runs jobs; true for a server when nothing is said. */
  readonly localNode?: boolean;
  /** Where the scheduler is recorded, and how much; absent: it is not. */
  readonly recording?: { readonly folder: string; readonly maxBytes?: number };
  /** Kubernetes clusters whose nodes run jobs: `KUBECONFIG`, `KUBECONFIG:CONTEXT` or `in-cluster`. */
  readonly kubernetes?: readonly string[];
  /** Where jobs may go in them, the first one unless they say; absent: each context's own. */
  readonly kubernetesNamespaces?: readonly string[];
  /** Whether workers may come, so that flows may call what they bring as code; a server sets it. */
  readonly takesWorkers?: boolean;
  readonly limits?: Partial<RuntimeLimits>;
  /** Where log records go; one JSON line each to stderr when nothing is said. */
  readonly log?: LogWriter;
  /** The least important records that are written; `info` when nothing is said. */
  readonly logLevel?: LogLevel;
}

/** A runtime with its store and executors, ready for use. */
export interface OpenRuntime {
  readonly runtime: Runtime;
  /** The secrets that are stored. */
  readonly vault: Vault;
  /** Jobs on nodes. */
  readonly jobs: Jobs;
  /** What is kept up by jobs; begun once the server takes requests. */
  readonly deployments: Deployments;
  readonly autoscalers: Autoscalers;
  /** From now on packages of functions are run so. */
  readonly runPackages: (host: PackageHost) => void;
  /** What jobs are kept in. */
  readonly store: Store;
  /** Takes up the runs and jobs that were under way. */
  recover(): Promise<void>;
  /** Stops work, stores what is decided, closes everything. */
  close(): Promise<void>;
}

/** What a server is started with. */
export interface ServerOptions extends RuntimeSetup {
  /** 7070 when nothing is said; 0 takes a free one. */
  readonly port?: number;
  /** Loopback when nothing is said; anything else only together with a token. */
  readonly host?: string;
  /** The bearer token that requests must carry. */
  readonly token?: string;
}

/** A server that takes requests. */
export interface RunningServer {
  /** Where it listens, such as `http://127.0.0.1:7070`. */
  readonly url: string;
  /** The runtime behind it, for a command that shares the process. */
  readonly runtime: Runtime;
  /** How many jobs its own node runs. */
  runningJobs(): number;
  /** How many jobs run in the Kubernetes clusters that it reaches. */
  runningPods(): number;
  /**
   * Answers what is under way, then stops. Runs and jobs go on when a server is started on the same data again; the processes of
   * jobs run on meanwhile, unless they are to be stopped and placed again.
   */
  close(how?: { readonly stopJobs?: boolean }): Promise<void>;
}

/** The port when nothing is said. */
export const defaultPort = 7070;

/** The host when nothing is said. */
export const defaultHost = "127.0.0.1";
