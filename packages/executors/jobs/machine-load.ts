// How busy this machine is: processors and memory as the operating system counts them, and how long work had to wait for them
// (pressure stall information) where the kernel says so.
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { freeDisk, memoryInUse } from "./capacity.ts";
import type { NodeLoad, NodePressure } from "./protocol.ts";

/** What a machine has in use. */
export type MachineLoad = Omit<NodeLoad, "running">;

/** Measures the machine's load: each reading covers the time since the one before. */
export function createLoadMeter(folder: string): () => MachineLoad {
  let before = processorTimes();
  return () => {
    const now = processorTimes();
    const cpuMillis = busyMillis(before, now);
    before = now;
    const pressure = readPressure();
    const { used: memoryBytes, free: memoryFreeBytes } = memoryInUse();
    return { cpuMillis, memoryBytes, memoryFreeBytes, diskFreeBytes: freeDisk(folder), ...(pressure && { pressure }) };
  };
}

interface ProcessorTimes {
  readonly count: number;
  readonly busy: number;
  readonly all: number;
}

function processorTimes(): ProcessorTimes {
  const processors = cpus();
  let [busy, all] = [0, 0];
  for (const { times } of processors) {
    const working = times.user + times.nice + times.sys + times.irq;
    busy += working;
    all += working + times.idle;
  }
  return { count: processors.length, busy, all };
}

function busyMillis(before: ProcessorTimes, now: ProcessorTimes): number {
  const passed = now.all - before.all;
  return passed <= 0 ? 0 : Math.round(((now.busy - before.busy) / passed) * now.count * 1000);
}

/** Undefined where the kernel keeps none. */
function readPressure(): NodePressure | undefined {
  const [cpu, memory, io] = ["cpu", "memory", "io"].map(pressureOf);
  return cpu === undefined || memory === undefined || io === undefined ? undefined : { cpu, memory, io };
}

function pressureOf(resource: string): number | undefined {
  try {
    return parsePressure(readFileSync(`/proc/pressure/${resource}`, "utf8"));
  } catch {
    return undefined;
  }
}

/** The share of the last ten seconds in which something had to wait, in percent: `avg10` of the line `some`. */
export function parsePressure(text: string): number | undefined {
  const found = /^some avg10=(\d+(?:\.\d+)?)/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
