// What a node is under: where it begins, where it ends, and that it does not flap in between.
import { expect, test } from "vitest";
import { pressureLimits } from "./limits.ts";
import { pressureOf } from "./node-pressure.ts";

const gib = 1024 ** 3;
const capacity = { cpu: 4_000, memory: 8 * gib, disk: 1_000 * gib };
const load = { cpuMillis: 4_000, memoryBytes: 0, running: 0 };

test("memory and disk are scarce below a share of what there is, and below so many bytes of what is large", () => {
  const ofMemory = (free: number): string | undefined => pressureOf({ ...load, memoryFreeBytes: free }, capacity, null)?.kind;
  expect([ofMemory(0.41 * gib), ofMemory(0.39 * gib)]).toEqual([undefined, "memory-pressure"]);
  const ofDisk = (free: number): string | undefined => pressureOf({ ...load, diskFreeBytes: free }, capacity, null)?.kind;
  expect([ofDisk(gib), ofDisk(gib - 1)]).toEqual([undefined, "disk-pressure"]);
});

test("what has begun is over when there is twice as much", () => {
  const still = (free: number): string | undefined => pressureOf({ ...load, diskFreeBytes: free }, capacity, "disk-pressure")?.kind;
  expect([still(gib), still(2 * gib - 1), still(2 * gib)]).toEqual(["disk-pressure", "disk-pressure", undefined]);
  // What it had too little of is no measure for what it has too little of now.
  expect(pressureOf({ ...load, memoryFreeBytes: 0.5 * gib }, capacity, "disk-pressure")).toBeNull();
});

test("work that waits for memory most of the time is pressure; busy processors and disks are not", () => {
  const waiting = (memory: number, before: "memory-pressure" | null): string | undefined =>
    pressureOf({ ...load, pressure: { cpu: 100, memory, io: 100 } }, capacity, before)?.kind;
  const { begins, ends } = pressureLimits.stalledPercent;
  expect([waiting(begins - 1, null), waiting(begins, null)]).toEqual([undefined, "memory-pressure"]);
  expect([waiting(ends, "memory-pressure"), waiting(ends - 1, "memory-pressure")]).toEqual(["memory-pressure", undefined]);
});

test("who says nothing of what is left is under nothing", () => {
  expect(pressureOf({ ...load, memoryBytes: 8 * gib }, capacity, null)).toBeNull();
  expect(pressureOf({ ...load, memoryFreeBytes: 0, diskFreeBytes: 0 }, { slots: 4 }, null)).toBeNull();
});
