// Looks at a job now and then, for the limits that it has met: a job that met one is ended, whoever keeps it.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Containment, ContainmentLimits, ContainmentSystem } from "../containment/containment.ts";
import { folderTooLarge, outOfMemory, tooManyProcesses } from "../limit-messages.ts";
import { measureDiskEveryMs } from "../limits.ts";
import type { Refusal } from "./command.ts";

/** The timers of one job. */
export class Watch {
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(timers: readonly NodeJS.Timeout[]) {
    this.#timers = timers;
  }

  /** Watches all limits of a job whose own folder is `folder`. */
  static over(
    { lookEveryMs }: ContainmentSystem,
    containment: Containment,
    folder: string,
    limits: ContainmentLimits,
    onExceeded: (reason: Refusal) => void,
  ): Watch {
    const { diskBytes } = limits;
    const look = (reason: Refusal | undefined): void => reason && onExceeded(reason);
    const timers = [setInterval(() => look(metLimit(containment, limits)), lookEveryMs)];
    if (diskBytes !== undefined) timers.push(setInterval(() => look(overfull(folder, diskBytes)), measureDiskEveryMs));
    return new Watch(timers);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}

/** Which of the limits that are kept for all of a job together was met. */
export function metLimit(containment: Pick<Containment, "exceeded">, limits: ContainmentLimits): Refusal | undefined {
  const met = containment.exceeded();
  if (met === undefined) return undefined;
  return met === "pids" ? tooManyProcesses(limits.pids) : outOfMemory(limits);
}

function overfull(folder: string, diskBytes: number): Refusal | undefined {
  return folderBytes(folder, diskBytes) > diskBytes ? folderTooLarge(diskBytes) : undefined;
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
