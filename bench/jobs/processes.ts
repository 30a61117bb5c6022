// The processes of the measurements: a server as users start it, and workers, with the processor time of each.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A process that is measured. */
export interface Measured {
  readonly pid: number;
  stop(): Promise<void>;
}

/** A server on a folder of its own. */
export interface MeasuredServer extends Measured {
  readonly url: string;
}

const main = fileURLToPath(new URL("../../packages/cli/main.ts", import.meta.url));
const workerFile = fileURLToPath(new URL("worker.ts", import.meta.url));

/** Starts `baton up`. */
export async function startServer(): Promise<MeasuredServer> {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-jobs-"));
  const args = [main, "up", "--port", "0", "--data", join(folder, "data"), "--log", "error"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const printed = await firstOutput(child);
  const url = /http:\/\/\S+/.exec(printed)?.[0];
  if (url === undefined) throw new Error(`the server printed no address: ${printed}`);
  return {
    url,
    pid: pidOf(child),
    stop: async () => {
      await ended(child, () => child.kill("SIGTERM"));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a worker with one function that does nothing. */
export async function startNoopWorker(url: string, places: number): Promise<Measured> {
  const child = spawn(process.execPath, [workerFile, url, String(places)], { stdio: ["pipe", "pipe", "inherit"] });
  await firstOutput(child);
  return { pid: pidOf(child), stop: () => ended(child, () => child.stdin.end()) };
}

/** Microseconds of processor time that a process has used, all threads. */
export function cpuMicros(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * microsPerTick;
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** Linux counts processor time in hundredths of a second. */
const microsPerTick = 10_000;

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("the process was not started");
  return child.pid;
}

function firstOutput(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the process ended with ${code}`)));
    child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString()));
  });
}

function ended(child: ChildProcess, tell: () => unknown): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    tell();
  });
}
