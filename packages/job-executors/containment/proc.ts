// What /proc says about processes. A process that ends while it is looked at is simply not there.
import { readdirSync, readFileSync } from "node:fs";
import type { ProcessIdentity } from "../state/job-folder.ts";

/** A process, as far as it concerns us. */
export interface ProcessInfo extends ProcessIdentity {
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  readonly threads: number;
  /** User and system time, in clock ticks. */
  readonly cpuTicks: number;
}

/** Linux reports times to user space in hundredths of a second on every architecture. */
export const ticksPerSecond = 100;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** One process. */
export function processInfo(pid: number): ProcessInfo | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name may itself hold spaces and parentheses; the fields begin behind the last one (proc(5), from field 3 on).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const number = (field: number): number => Number(fields[field - 3]);
  return {
    pid,
    state: fields[0] ?? "",
    parent: number(4),
    session: number(6),
    threads: number(20),
    cpuTicks: number(14) + number(15),
    startTicks: number(22),
  };
}

/** All processes that are alive. */
export function allProcesses(): readonly ProcessInfo[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processInfo(Number(name)) ?? [])
    .filter((info) => info.state !== "Z" && info.state !== "X");
}

/** Whether this very process, and not a later one with its id, is alive. */
export function isAlive(identity: ProcessIdentity): boolean {
  const info = processInfo(identity.pid);
  return info !== undefined && info.startTicks === identity.startTicks && info.state !== "Z";
}

/** A variable of the environment that a process was started with. */
export function environmentValue(pid: number, name: string): string | undefined {
  const entry = read(`/proc/${pid}/environ`)
    ?.split("\0")
    .find((entry) => entry.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/** Memory that a process holds in RAM. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1] ?? 0) * 1024;
}

/** Tells this start of the machine from others. */
export function bootId(): string {
  return read("/proc/sys/kernel/random/boot_id")?.trim() ?? "unknown";
}

const ignored: readonly string[] = ["ESRCH", "EPERM"];

/** Sends a signal. A process that is gone is no error, nor is one that turned into another user's, as `sudo` does. */
export function sendSignal(pid: number, signal: string): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!ignored.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
