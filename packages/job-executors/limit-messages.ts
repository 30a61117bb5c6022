// What a job that met one of its limits is told, the same whoever keeps the limit: a group of the kernel, a look now and then,
// a container engine or a cluster.
import { formatBytes } from "@baton/core";
import type { Refusal } from "./launcher/command.ts";
import type { JobLimits } from "./port.ts";

/** It, or a process of it, was killed for its memory. */
export function outOfMemory({ memoryBytes }: JobLimits, exitCode?: number | null): Refusal {
  const why =
    memoryBytes === undefined
      ? "The node ran out of memory, and a process of the job was killed."
      : `It needed more than ${formatBytes(memoryBytes)} of memory, and was killed.`;
  // A pipeline ends with 0 whatever became of its first part.
  const butEnded = exitCode === 0 ? " That was one of its processes: the command ended with exit code 0 all the same." : "";
  return { code: "job-out-of-memory", message: why + butEnded };
}

/** It was refused a further process, or had too many. */
export function tooManyProcesses(pids: number): Refusal {
  return { code: "job-too-many-processes", message: `It wanted more than ${pids} processes and threads at a time, and was killed.` };
}

/** Its folder grew too large. */
export function folderTooLarge(diskBytes: number): Refusal {
  return { code: "job-out-of-disk", message: `Its folder held more than ${formatBytes(diskBytes)}, and it was killed.` };
}

/** One of its files grew too large. */
export function fileTooLarge(diskBytes: number): Refusal {
  return { code: "job-out-of-disk", message: `It wrote a file of more than ${formatBytes(diskBytes)}.` };
}
