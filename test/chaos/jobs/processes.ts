// The processes of a loop, found as the kernel knows them: jobs by a variable that they were started with, the launcher by
// the state folder that it was given. Nothing else is ever looked for, or killed.
import { readdirSync, readFileSync } from "node:fs";
import { fileVariable } from "./orders.ts";

/** The processes of jobs whose files lie in the folder. */
export function jobProcesses(folder: string): readonly number[] {
  const mark = `${fileVariable}=${folder}/`;
  return pids().filter((pid) => read(pid, "environ").includes(mark) && !isDead(pid));
}

/** The launcher of the node whose state lies in the folder. */
export function launcherOf(stateFolder: string): number | undefined {
  return pids().find((pid) => {
    const words = read(pid, "cmdline").split("\0");
    return words.includes(stateFolder) && words.some((word) => word.endsWith("launcher/main.ts"));
  });
}

/** Kills a process, unless it is gone already. */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

function pids(): number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) && Number(name) !== process.pid ? [Number(name)] : []));
}

function isDead(pid: number): boolean {
  return /^State:\s+[ZX]/m.test(read(pid, "status"));
}

/** Nothing where the process is gone, or somebody else's. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
