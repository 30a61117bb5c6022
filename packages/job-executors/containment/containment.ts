// What holds a job together: everything that it started can be listed, held, killed and measured as one, and kept
// within its limits. By control groups where the machine has them (v1.ts, v2.ts), else by looking for its processes
// (processes.ts).
import type { Millis } from "@baton/core";
import type { ExecutorAbilities, JobLimits } from "../port.ts";

/** A job's limits with all defaults filled in. */
export type ContainmentLimits = JobLimits & { readonly pids: number };

/** What everything in a containment has used. */
export interface ContainmentUsage {
  readonly cpuMs: number;
  readonly memoryPeakBytes: number;
}

/** A limit that is kept for all of a job together. */
export type MetLimit = "memoryBytes" | "pids";

/** The processes of one job. */
export interface Containment {
  /** A process that writes "0" to all of these belongs to it, with all that it starts from then on. */
  readonly joinFiles: readonly string[];
  /** A program, with its options, that the job's command is to be started by. */
  readonly prefix: readonly string[];
  pids(): readonly number[];
  /** SIGKILL to everything in it, until nothing is left; gives up after a while. */
  kill(): Promise<void>;
  setFrozen(frozen: boolean): Promise<void>;
  usage(): ContainmentUsage;
  /** The limit that has been met: something in it was killed for its memory, or was refused a further process. */
  exceeded(): MetLimit | undefined;
  remove(): Promise<void>;
}

/** A group of somebody else's, which can only be looked at. */
export interface ObservedGroup extends Pick<Containment, "usage" | "exceeded"> {
  /** Files that the kernel reports as modified (inotify) when a limit is met. */
  readonly tellingFiles: readonly string[];
}

/** Makes containments on this machine. */
export interface ContainmentSystem {
  readonly abilities: ExecutorAbilities;
  /** How often `exceeded` is to be asked: whoever asks kills the job. */
  readonly lookEveryMs: Millis;
  create(name: string, limits: ContainmentLimits): Containment;
  /** The containment of a job that was started by somebody else. */
  find(name: string): Containment;
  /** Removes what the system needed for itself, unless others still use it. */
  close(): void;
}
