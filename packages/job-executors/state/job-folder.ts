// The folder of one job on its node. It is all that remains of the job when the programs that ran it are gone:
//
//   job.json    what it was told to do, written before it starts
//   pid.json    its process and when that started, written right after
//   end.json    its result, written once, whole or not at all
//   stdin       its input
//   work/       its own working folder
//   stdout.N, stderr.N   what it wrote from byte N on (output-log.ts)
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Instant } from "@baton/core";
import type { JobResult, ProgramKind } from "../port.ts";

/** What is kept of the order. */
export interface JobRecord {
  readonly allocation: string;
  readonly token: number;
  readonly kind: ProgramKind;
  readonly startedAt: Instant;
  /** Of the machine, so that a process id of before a reboot is not mistaken for a process of today. */
  readonly bootId: string;
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
    mkdirSync(this.work, { recursive: true, mode: privateMode });
    this.#write("job.json", record);
  }

  record(): JobRecord | undefined {
    return this.#read("job.json") as JobRecord | undefined;
  }

  writeIdentity(identity: ProcessIdentity): void {
    this.#write("pid.json", identity);
  }

  identity(): ProcessIdentity | undefined {
    return this.#read("pid.json") as ProcessIdentity | undefined;
  }

  writeResult(result: JobResult): void {
    this.#write("end.json", result);
  }

  result(): JobResult | undefined {
    return this.#read("end.json") as JobResult | undefined;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }

  /** A file appears whole or not at all: whoever is killed while writing leaves none. */
  #write(name: string, value: JobRecord | ProcessIdentity | JobResult): void {
    const path = join(this.path, name);
    writeFileSync(`${path}.new`, JSON.stringify(value));
    renameSync(`${path}.new`, path);
  }

  #read(name: string): unknown {
    try {
      return JSON.parse(readFileSync(join(this.path, name), "utf8"));
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }
}
