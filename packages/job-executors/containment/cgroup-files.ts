// The files of control groups: small texts, read and written whole.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** All control groups of jobs are in a group of this name, in the node's own. */
export const parentName = "baton";

/** The quota of CPU time is for periods of this length. */
export const cpuPeriodUs = 100_000;
const leastQuotaUs = 1000;

/** CPU time in each period for so many thousandths of a core; the kernel takes no less than a millisecond. */
export function cpuQuotaUs(cpuMillis: number): number {
  return Math.max(leastQuotaUs, Math.round((cpuMillis * cpuPeriodUs) / 1000));
}

/** A text, undefined where the file is not there. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** A file with one number; 0 where it is not there. */
export function readNumber(path: string): number {
  return Number(readText(path)?.trim() ?? 0);
}

/** One number of a file of lines "name number"; 0 where it is not there. */
export function readField(path: string, name: string): number {
  const line = readText(path)
    ?.split("\n")
    .find((line) => line.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

/** The processes of a group. */
export function readPids(folder: string): readonly number[] {
  return (readText(`${folder}/cgroup.procs`) ?? "").split("\n").flatMap((line) => (line === "" ? [] : Number(line)));
}

/** Writes a control file, and tells whether the kernel took it. */
export function tryWrite(path: string, value: string | number): boolean {
  try {
    writeFileSync(path, String(value));
    return true;
  } catch {
    return false;
  }
}

/** Makes a group and those above it. */
export function makeGroup(folder: string): void {
  mkdirSync(folder, { recursive: true });
}

const removeAttempts = 20;
const removePauseMs = 5;

/** Removes a group; the kernel may need a moment after its last process is gone. */
export async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 0; attempt < removeAttempts; attempt++) {
    if (tryRemove(folder)) return;
    await sleep(removePauseMs);
  }
}

/** Removes a group that is empty; one that is not there is removed. */
export function tryRemove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

const waitAttempts = 200;
const waitPauseMs = 5;

/** Waits until a control file says something; gives up after a second. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < waitAttempts && !isSo(); attempt++) await sleep(waitPauseMs);
}
