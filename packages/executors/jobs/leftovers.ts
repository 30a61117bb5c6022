// Finds and ends processes that a former life of this node has started: a server that was killed leaves them running. They
// are known by a variable in their environment, which their children inherit.
import { readdirSync, readFileSync } from "node:fs";

/** The variable that every process of a job carries, with the node's id as its value. */
export const nodeVariable = "BATON_NODE";

/** Ends every process of this machine that carries the node's id. Does nothing where there is no /proc. */
export function endLeftovers(nodeId: string): number {
  const mark = `${nodeVariable}=${nodeId}`;
  const found = processIds().filter((pid) => pid !== process.pid && environmentOf(pid).includes(mark));
  for (const pid of found) kill(pid);
  return found.length;
}

function processIds(): number[] {
  try {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    // Gone meanwhile, or another user's.
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone meanwhile.
  }
}
