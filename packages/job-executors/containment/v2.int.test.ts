// Version 2 as far as this machine has it. Where its controllers are all taken by version 1, groups can still be
// made, killed, frozen and measured, so that is tried for real; that limits are written as the kernel wants them is seen in plain files.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { commandLine } from "../launcher/command.ts";
import { machineHierarchies } from "./cgroup-mounts.ts";
import { cgroupV2, V2Containment } from "./v2.ts";

const own = machineHierarchies().find(({ version }) => version === 2)?.folder;
const scratch = mkdtempSync(join(tmpdir(), "baton-v2-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const patience = { timeout: 120_000 };
const parent = join(own ?? "", `baton-test-${process.pid}`);

function canMakeGroups(): boolean {
  try {
    mkdirSync(parent);
    return existsSync(join(parent, "cgroup.kill"));
  } catch {
    return false;
  }
}

test.skipIf(own === undefined || !canMakeGroups())(
  "a real group: joined, frozen, thawed, killed as a whole, measured, removed",
  { timeout: 300_000 },
  async () => {
    const group = new V2Containment(join(parent, "job"));
    onTestFinished(async () => {
      await group.kill();
      await group.remove();
      rmdirSync(parent);
    });
    group.create({ pids: 100 });
    const text = "(setsid sleep 1000 &); i=0; while :; do i=$((i+1)); done";
    const { file, args } = commandLine(group.joinFiles, group.prefix, undefined, ["/bin/sh", "-c", text]);
    const child = spawn(file, args, { detached: true, stdio: "ignore" });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    await expect.poll(() => group.pids().length, patience).toBe(2);
    await expect.poll(() => group.usage().cpuMs, patience).toBeGreaterThan(10);
    await group.setFrozen(true);
    let before = 0;
    const used = async (): Promise<number> => {
      before = group.usage().cpuMs;
      await sleep(200);
      return group.usage().cpuMs - before;
    };
    await expect.poll(used, patience).toBeLessThan(5);
    await group.setFrozen(false);
    await expect.poll(() => group.usage().cpuMs, patience).toBeGreaterThan(before + 20);
    await group.setFrozen(true);
    await group.kill();
    await exited;
    expect(group.pids()).toEqual([]);
    await group.remove();
    expect(existsSync(join(parent, "job"))).toBe(false);
  },
);

/** A folder that looks like a group. */
function likeGroup(name: string, files: { readonly [file: string]: string }): string {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

test("limits are written as version 2 wants them", () => {
  const folder = likeGroup("limits", {});
  new V2Containment(folder).create({ pids: 64, cpuMillis: 1500, memoryBytes: 1024 * 1024 });
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  expect(["pids.max", "cpu.max", "memory.max", "memory.swap.max", "memory.oom.group"].map(read)).toEqual([
    "64",
    "150000 100000",
    "1048576",
    "0",
    "1",
  ]);
});

test("what was used is read as version 2 tells it", () => {
  const folder = likeGroup("usage", {
    "cpu.stat": "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n",
    "memory.peak": "8192\n",
    "memory.events": "low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 1\n",
  });
  expect(new V2Containment(folder).usage()).toEqual({ cpuMs: 1234.567, memoryPeakBytes: 8192 });
  expect(new V2Containment(folder).exceeded()).toBe("memoryBytes");
  expect(new V2Containment(likeGroup("refused", { "memory.events": "oom_kill 0\n", "pids.events": "max 3\n" })).exceeded()).toBe("pids");
  const older = likeGroup("older", { "cpu.stat": "usage_usec 1000\n", "memory.current": "4096\n" });
  expect(new V2Containment(older).usage()).toEqual({ cpuMs: 1, memoryPeakBytes: 4096 });
  expect(new V2Containment(older).exceeded()).toBeUndefined();
});

test("the controllers that are there are handed down, and what is missing is said", () => {
  const folder = likeGroup("service", { "cgroup.controllers": "cpu memory io pids\n" });
  const system = cgroupV2([{ version: 2, controllers: [], folder }], [1]);
  expect(readFileSync(join(folder, "cgroup.subtree_control"), "utf8")).toBe("+cpu +memory +pids");
  expect(readFileSync(join(folder, "baton", "cgroup.subtree_control"), "utf8")).toBe("+cpu +memory +pids");
  expect(system?.abilities.by).toBe("cgroup v2");
  const leaf = join(folder, "baton-node");
  cgroupV2([{ version: 2, controllers: [], folder: leaf }], [1])?.create("job", { pids: 1 });
  expect(existsSync(join(folder, "baton", "job", "pids.max"))).toBe(true);
  expect(
    cgroupV2([{ version: 2, controllers: [], folder: likeGroup("hybrid", { "cgroup.controllers": "hugetlb\n" }) }], [1]),
  ).toBeUndefined();
});
