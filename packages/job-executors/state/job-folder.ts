// The folder of one job on its node. It is all that remains of the job when the programs that ran it are gone:
//
//   job.jsonl   one line each: what it was told to do, before it starts; its process, right after; its result, once
//   stdin       its input
//   work/       its own working folder
//   stdout.N, stderr.N   what it wrote from byte N on (output-log.ts)
//
// A line that is not whole was never written: whoever wrote it was killed in the middle, or the disk was full. Each begins on a
// new line, so that what is written later is whole all the same.
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseJson, type Instant } from "@baton/core";
import type { JobResult, JobSpec, ProgramKind } from "../port.ts";

/** What is kept of the order. */
export interface JobRecord {
  readonly allocation: string;
  readonly token: number;
  readonly kind: ProgramKind;
  readonly startedAt: Instant;
  /** Of the machine, so that a process id of before a reboot is not mistaken for a process of today. */
  readonly bootId: string;
  /** The folder itself, as the file system numbers it, so that a copy is not mistaken for it: its job is the original's. */
  readonly folder?: string;
  /** What whoever goes on with the job must know, where that is not the launcher. */
  readonly terms?: JobTerms;
  /** Where it runs, where that is not this machine. */
  readonly place?: JobPlace;
  /** It is given its input by whoever starts it, which `inputGiven` says was done. */
  readonly needsInput?: true;
}

/** A node of a Kubernetes cluster, and the namespace in it. */
export interface JobPlace {
  readonly namespace: string;
  readonly node: string;
}

/** The terms that a job runs on. */
export type JobTerms = Pick<JobSpec, "limits" | "timeoutMs" | "graceMs">;

/** Those of an order. */
export function termsOf({ limits, timeoutMs, graceMs }: JobSpec): JobTerms {
  return { limits, ...(timeoutMs !== undefined && { timeoutMs }), ...(graceMs !== undefined && { graceMs }) };
}

/** A process, told apart from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In clock ticks since boot, as the kernel has it. */
  readonly startTicks: number;
}

/** Only the node's own user may look into what jobs read and write. */
const privateMode = 0o700;

/** Where the jobs of a node are. */
export function jobsFolder(stateFolder: string): string {
  return join(stateFolder, "jobs");
}

/** The allocations that have a folder. */
export function allocationsIn(stateFolder: string): readonly string[] {
  mkdirSync(jobsFolder(stateFolder), { recursive: true, mode: privateMode });
  return readdirSync(jobsFolder(stateFolder));
}

/** What is known of a job. */
export interface JobHistory {
  readonly record?: JobRecord;
  readonly identity?: ProcessIdentity;
  readonly inputGiven?: true;
  /** Its engine has said that it runs. */
  readonly startSeen?: true;
  readonly result?: JobResult;
}

/** Reads and writes the folder of one job. */
export class JobFolder {
  readonly path: string;

  constructor(stateFolder: string, allocation: string) {
    this.path = join(jobsFolder(stateFolder), allocation);
  }

  get work(): string {
    return join(this.path, "work");
  }

  get stdin(): string {
    return join(this.path, "stdin");
  }

  create(record: JobRecord): void {
    mkdirSync(this.path, { mode: privateMode });
    mkdirSync(this.work, { mode: privateMode });
    this.write({ record: { ...record, folder: this.#number() } });
  }

  /** True where the record was written in another folder, of which this is a copy: a backup that was brought back, say. */
  isCopy({ folder }: JobRecord): boolean {
    return folder !== undefined && folder !== this.#number();
  }

  write(line: JobHistory): void {
    appendFileSync(join(this.path, "job.jsonl"), `\n${JSON.stringify(line)}\n`, { mode: 0o600 });
  }

  /** Writes a result down. On a disk that is full it is kept in memory alone; a successor asks again. */
  keep(result: JobResult): void {
    try {
      this.write({ result });
    } catch (error) {
      console.error(`${this.path}: the result could not be written down: ${String(error)}`);
    }
  }

  read(): JobHistory {
    let history: JobHistory = {};
    for (const line of this.#lines()) {
      const read = parseJson(line);
      if (read.ok) history = { ...history, ...(read.value as JobHistory) };
    }
    return history;
  }

  /** Gives the disk back what its own working folder has taken: no result is in it. */
  async clearWork(): Promise<void> {
    try {
      rmdirSync(this.work);
    } catch {
      // Something is in it, perhaps very much: others go on meanwhile.
      await rm(this.work, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }

  #number(): string {
    const { dev, ino } = statSync(this.path);
    return `${dev}:${ino}`;
  }

  #lines(): readonly string[] {
    try {
      return readFileSync(join(this.path, "job.jsonl"), "utf8").split("\n").slice(0, -1);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }
}
