// Finds the launcher of a state folder among the processes of the machine.
import { readFileSync } from "node:fs";
import { allProcesses } from "../../containment/proc.ts";

/** Its process id; undefined where there is none. */
export function launcherOf(stateFolder: string): number | undefined {
  return allProcesses().find(({ pid }) => argumentsOf(pid).includes(stateFolder) && argumentsOf(pid).some(isLauncher))?.pid;
}

function isLauncher(argument: string): boolean {
  return argument.endsWith("/launcher/main.ts");
}

function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
