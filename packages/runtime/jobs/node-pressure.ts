// When a node has so little left that new jobs would only make it worse: memory or disk nearly used up, by whatever runs there,
// or work that mostly waits for memory. What it has goes on. It is over only when there is clearly more again, so that a node
// does not open and close with each heartbeat. Busy processors close no node: jobs share them by what they were given.
import type { NodeLoad } from "@baton/executors";
import type { Amounts, ClosedNode } from "@baton/scheduler";
import { pressureLimits } from "./limits.ts";

/** What a node has too little of. */
export type NodePressureKind = Extract<ClosedNode, "memory-pressure" | "disk-pressure">;

/** What a node is under, and what was measured. */
export interface Pressed {
  readonly kind: NodePressureKind;
  readonly why: string;
}

/** What a node with this load is under; `before`: what it was under until now. */
export function pressureOf(load: NodeLoad, capacity: Amounts, before: NodePressureKind | null): Pressed | null {
  const { memoryFreeBytes, diskFreeBytes, pressure } = load;
  const isScarce = (kind: NodePressureKind, free: number | undefined, all: number | undefined): boolean =>
    free !== undefined && all !== undefined && free < scarceBelow(all) * (before === kind ? pressureLimits.endsAtTimes : 1);
  if (isScarce("memory-pressure", memoryFreeBytes, capacity["memory"]))
    return { kind: "memory-pressure", why: `it has ${memoryFreeBytes} bytes of memory left` };
  const stalled = before === "memory-pressure" ? pressureLimits.stalledPercent.ends : pressureLimits.stalledPercent.begins;
  if (pressure !== undefined && pressure.memory >= stalled)
    return { kind: "memory-pressure", why: `its work waits for memory ${Math.round(pressure.memory)} % of the time` };
  if (isScarce("disk-pressure", diskFreeBytes, capacity["disk"]))
    return { kind: "disk-pressure", why: `it has ${diskFreeBytes} bytes of disk left` };
  return null;
}

function scarceBelow(all: number): number {
  return Math.min(pressureLimits.mostBytes, all * pressureLimits.share);
}
