// Looks at a job now and then, for the limits that the kernel does not keep by itself.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { formatBytes } from "@baton/core";
import type { Containment, ContainmentSystem } from "../containment/containment.ts";
import type { JobFailureCode } from "../errors.ts";
import { measureDiskEveryMs, sampleEveryMs } from "../limits.ts";
import type { JobLimits } from "../port.ts";

type OnExceeded = (code: JobFailureCode, message: string) => void;

/** The timers of one job. */
export class Watch {
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(timers: readonly NodeJS.Timeout[]) {
    this.#timers = timers;
  }

  /** Watches what has to be watched. */
  static over(system: ContainmentSystem, containment: Containment, folder: string, limits: JobLimits, onExceeded: OnExceeded): Watch {
    const timers: NodeJS.Timeout[] = [];
    if (system.needsSampling) timers.push(setInterval(() => sample(containment, limits, onExceeded), sampleEveryMs));
    const { diskBytes } = limits;
    if (diskBytes !== undefined) timers.push(setInterval(() => measure(folder, diskBytes, onExceeded), measureDiskEveryMs));
    return new Watch(timers);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}

function sample(containment: Containment, { memoryBytes, pids }: JobLimits, onExceeded: OnExceeded): void {
  const limit = containment.exceeded();
  if (limit === "memoryBytes")
    onExceeded("job-out-of-memory", `It held more than ${formatBytes(memoryBytes ?? 0)} of memory and was killed.`);
  if (limit === "pids") onExceeded("job-too-many-processes", `It had more than ${pids ?? "its number of"} processes and was killed.`);
}

function measure(folder: string, diskBytes: number, onExceeded: OnExceeded): void {
  if (folderBytes(folder, diskBytes) > diskBytes)
    onExceeded("job-out-of-disk", `Its folder held more than ${formatBytes(diskBytes)} and it was killed.`);
}

/** What the files in a folder take on the disk; stops counting beyond `enough`. */
export function folderBytes(folder: string, enough: number): number {
  let bytes = 0;
  for (const path of entriesOf(folder)) {
    const info = lstatSync(path, { throwIfNoEntry: false });
    if (info === undefined) continue;
    bytes += info.isDirectory() ? folderBytes(path, enough - bytes) : info.blocks * 512;
    if (bytes > enough) break;
  }
  return bytes;
}

/** A folder that is gone, or closed to us, holds nothing that could be counted. */
function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
