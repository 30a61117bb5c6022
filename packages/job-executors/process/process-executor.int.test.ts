// Processes of this machine: the contract with and without control groups, and what only processes do.
import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { defined } from "@baton/core";
import type { ContainmentChoice } from "../containment/detect.ts";
import { allProcesses, processInfo, environmentValue } from "../containment/proc.ts";
import { shellBehaviours } from "../contract/behaviours.ts";
import { jobExecutorContract } from "../contract/contract.ts";
import { isReady, orderOf, textOf } from "../contract/subject.ts";
import type { JobEnd, JobExecutor, JobSpec, Program } from "../port.ts";
import { createProcessExecutor } from "./process-executor.ts";
import { LauncherLink } from "./launcher-link.ts";
import { launcherOf } from "./testing/launcher-of.ts";

function sh(text: string, ...args: readonly string[]): Program {
  return { kind: "process", command: "sh", args: ["-c", text, "sh", ...args] };
}

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
const patience = { timeout: 120_000 };

const mib = 1024 * 1024;
const choices: readonly ContainmentChoice[] = ["auto", "processes"];
const folder = mkdtempSync(join(tmpdir(), "baton-processes-"));
const executors: JobExecutor[] = [];

function executorOver(name: string, more: { readonly containment?: ContainmentChoice; readonly orphanMs?: number } = {}): JobExecutor {
  const executor = createProcessExecutor(new LauncherLink({ stateFolder: join(folder, name), ...more }));
  executors.push(executor);
  return executor;
}

afterAll(async () => {
  await Promise.all(executors.map((executor) => executor.close()));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** The processes of a job that are there. */
function processesOf({ allocation }: { readonly allocation: string }): readonly number[] {
  return allProcesses().flatMap(({ pid }) => (environmentValue(pid, "BATON_ALLOCATION") === allocation ? pid : []));
}

function isThere(pid: number): boolean {
  return (processInfo(pid)?.state ?? "Z") !== "Z";
}

const machine = executorOver("machine");
const { limits: kept, accounting: accountedBy } = await machine.abilities();
const keptBy = kept.pids;

describe.each(choices)("the contract (%s)", (containment) => {
  const isKept = containment === "auto" && keptBy === "kernel";
  const clear = jobExecutorContract({
    test,
    create: () => executorOver(`contract-${containment}`, { containment }),
    behaviours: shellBehaviours(sh),
    keepsMemory: isKept,
    keepsPids: isKept,
  });
  afterAll(clear);
});

test.each(choices)("a copy of a state folder that is still in use leaves its jobs alone (%s)", async (containment) => {
  const original = executorOver(`original-${containment}`, { containment });
  const job = await original.start(orderOf(sh("echo ready; sleep 1000")));
  await isReady(job);
  const state = (name: string): string => join(folder, `${name}-${containment}`);
  cpSync(join(state("original"), "jobs"), join(state("copy"), "jobs"), { recursive: true });
  const [copied] = await executorOver(`copy-${containment}`, { containment }).adopt();
  expect((await copied?.result)?.end).toMatchObject({
    kind: "failed",
    code: "job-lost",
    message: expect.stringContaining("copy") as string,
  });
  await copied?.release();
  expect(processesOf(job).some(isThere)).toBe(true);
  await job.stop();
  expect((await job.result).end).toMatchObject({ kind: "failed", code: "job-cancelled" });
  await job.release();
});

describe.each(choices)("everything that a job started ends with it (%s)", (containment) => {
  const executor = executorOver(`tree-${containment}`, { containment });
  const family = "setsid sleep 1000 & (sleep 1000 &) ; (setsid sh -c 'sleep 1000 & echo $!' &) ; sleep 1000 & echo $!";

  test("when it ends by itself", async () => {
    const job = await executor.start(orderOf(sh(`${family}; sleep 0.2; exit 4`)));
    const { end } = await job.result;
    expect(end).toEqual({ kind: "exited", exitCode: 4 });
    expect((await textOf(job)).trim().split("\n").map(Number).filter(isThere)).toEqual([]);
    expect(processesOf(job)).toEqual([]);
    await job.release();
  });

  test("when it is stopped, and does not listen", async () => {
    const job = await executor.start(orderOf(sh(`trap '' TERM; ${family}; echo ready; while :; do sleep 1; done`), { graceMs: 50 }));
    await isReady(job);
    await expect.poll(() => processesOf(job).length, patience).toBeGreaterThan(4);
    await job.stop();
    await job.result;
    expect(processesOf(job)).toEqual([]);
    await job.release();
  });
});

// Without control groups nothing but prlimit stands against it, which does not bind root: such a test could end the machine.
test.skipIf(keptBy !== "kernel")(
  "a fork bomb never has more processes than its limit, is reported as such, and nothing of it is left",
  async () => {
    const job = await machine.start(orderOf(sh("b() { b & b & }; b; sleep 1000"), { limits: { pids: 40 } }));
    const aMoment = async (): Promise<"goes on"> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return "goes on";
    };
    while ((await Promise.race([job.result, aMoment()])) === "goes on") expect(processesOf(job).length).toBeLessThanOrEqual(40);
    expect((await job.result).end).toMatchObject({ kind: "failed", code: "job-too-many-processes" });
    expect(processesOf(job)).toEqual([]);
    await job.release();
  },
);

test.skipIf(accountedBy !== "kernel")("what a job used is what its processes say of themselves", async () => {
  const text = `const held = Buffer.alloc(${100 * mib}, 1);
    while (process.resourceUsage().userCPUTime < 300_000) held[0]++;
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    console.log(JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, residentBytes: maxRSS * 1024 }));`;
  const started = performance.now();
  const job = await machine.start(orderOf({ kind: "process", command: process.execPath, args: ["-e", text] }));
  const { usage, startedAt, endedAt } = await job.result;
  const own = JSON.parse(await textOf(job)) as { readonly cpuMs: number; readonly residentBytes: number };
  // The shell before it and the end of the process come on top; pages of programs may be another group's.
  expect(usage.cpuMs).toBeGreaterThan(own.cpuMs * 0.95);
  expect(usage.cpuMs).toBeLessThan(own.cpuMs + 1000);
  expect(usage.memoryPeakBytes).toBeGreaterThan(100 * mib);
  expect(usage.memoryPeakBytes).toBeLessThan(own.residentBytes * 1.5);
  expect(usage.wallMs).toBeGreaterThan(300);
  expect(usage.wallMs).toBeLessThanOrEqual(performance.now() - started);
  expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  await job.release();
});

describe.each(choices)("limits that are kept by looking (%s)", (containment) => {
  const executor = executorOver(`limits-${containment}`, { containment });

  test("a folder that grows beyond its limit ends the job", async () => {
    const text = "i=0; while :; do head -c 1000000 /dev/zero > f$i; i=$((i+1)); sleep 0.01; done";
    const job = await executor.start(orderOf(sh(text), { limits: { diskBytes: 5 * mib } }));
    expect((await job.result).end).toMatchObject({ kind: "failed", code: "job-out-of-disk" });
    await job.release();
  });

  test("one file beyond the limit, too", async () => {
    const job = await executor.start(orderOf(sh("exec head -c 20000000 /dev/zero > file"), { limits: { diskBytes: 5 * mib } }));
    expect((await job.result).end).toMatchObject({ kind: "failed", code: "job-out-of-disk" });
    await job.release();
  });

  test("memory that several processes hold together counts", async () => {
    const one = "sh -c 'x=$(head -c 20000000 /dev/zero | tr \"\\0\" x); sleep 100'";
    const text = `for i in 1 2 3 4; do ${one} & p="$p $!"; done; for i in $p; do wait $i || exit 1; done`;
    const job = await executor.start(orderOf(sh(text), { limits: { memoryBytes: 48 * mib } }));
    expect((await job.result).end).toMatchObject({ kind: "failed", code: "job-out-of-memory" });
    await job.release();
  });
});

describe("what a process is given", () => {
  const textBy = async (program: Program, more: Partial<JobSpec> = {}): Promise<string> => {
    const job = await machine.start(orderOf(program, more));
    const text = await textOf(job);
    await job.result;
    await job.release();
    return text;
  };

  test("only the environment that it was ordered with, and what no program can do without", async () => {
    const names = (await textBy({ kind: "process", command: "env", args: [] }, { env: { OWN: "1" } }))
      .replaceAll(/=.*$/gm, "")
      .trim()
      .split("\n");
    const shells = ["_", "PWD", "OLDPWD", "SHLVL"];
    expect(names.filter((name) => !shells.includes(name)).sort()).toEqual([
      "BATON_ALLOCATION",
      "BATON_FENCING_TOKEN",
      "HOME",
      "LANG",
      "OWN",
      "PATH",
      "TMPDIR",
    ]);
  });

  test("a folder of its own, which goes with its release, or the one that was ordered", async () => {
    const own = (await textBy(sh("pwd; ls -A"))).trim();
    expect(own).toMatch(/\/work$/);
    expect(existsSync(own)).toBe(false);
    expect(await textBy(sh("pwd"), { cwd: folder })).toBe(`${folder}\n`);
  });

  test("streams that can be opened by name", async () => {
    expect(await textBy(sh("cat /dev/stdin > /dev/stdout; echo more >> /dev/stdout"), { stdin: "in " })).toBe("in more\n");
  });

  test("a session of its own", async () => {
    const [session, pid] = (await textBy(sh("cut -d' ' -f6 /proc/$$/stat; echo $$"))).trim().split("\n");
    expect(session).toBe(pid);
  });
});

describe("what cannot start says why", () => {
  const endOf = async (program: Program, more: Partial<JobSpec> = {}): Promise<JobEnd> => {
    const job = await machine.start(orderOf(program, more));
    const { end } = await job.result;
    await job.release();
    return end;
  };
  const command = (path: string): Program => ({ kind: "process", command: path, args: [] });

  test.each([
    ["a name that is on no path", "no-such-command", "command-not-found", 'There is no program "no-such-command" in'],
    ["a path that is not there", "/no/such/command", "command-not-found", "There is no file /no/such/command."],
    ["a folder", "/usr", "command-not-permitted", "/usr is a folder."],
    ["a file that may not be executed", "/etc/passwd", "command-not-permitted", "/etc/passwd may not be executed"],
  ])("%s", async (_, path, code, message) => {
    expect(await endOf(command(path))).toMatchObject({ kind: "failed", code, message: expect.stringContaining(message) as string });
  });

  test("a script whose interpreter is not there", async () => {
    const file = join(folder, "script");
    writeFileSync(file, "#!/no/such/interpreter -x\n");
    chmodSync(file, 0o755);
    expect(await endOf(command(file))).toMatchObject({
      code: "command-not-found",
      message: expect.stringContaining("/no/such/interpreter") as string,
    });
  });

  test("a working folder that is not there, or is none", async () => {
    for (const cwd of ["/no/such/folder", "/etc/passwd"])
      expect(await endOf(command("true"), { cwd })).toMatchObject({ kind: "failed", code: "working-folder-missing" });
  });

  test("more arguments than the system takes", async () => {
    const program: Program = { kind: "process", command: "true", args: ["x".repeat(3_000_000)] };
    expect(await endOf(program)).toMatchObject({
      kind: "failed",
      code: "job-spec-invalid",
      message: expect.stringContaining("longer") as string,
    });
  });

  test("a relative path counts from the working folder", async () => {
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin", "seven"), "#!/bin/sh\nexit 7\n", { mode: 0o755 });
    expect(await endOf(command("./bin/seven"), { cwd: folder })).toEqual({ kind: "exited", exitCode: 7 });
  });
});

describe("programs that are killed", () => {
  test.each(choices)("without its launcher a job is lost, and nothing of it is left (%s)", async (containment) => {
    const name = `launcher-${containment}`;
    const executor = executorOver(name, { containment });
    const done = await executor.start(orderOf(sh("exit 5")));
    await done.result;
    const job = await executor.start(orderOf(sh("setsid sleep 1000 & echo ready; trap '' TERM PIPE; while :; do sleep 1; done")));
    await isReady(job);
    process.kill(defined(launcherOf(join(folder, name)), "a launcher"), "SIGKILL");
    expect((await job.result).end).toMatchObject({ kind: "failed", code: "job-lost" });
    expect(processesOf(job)).toEqual([]);
    expect((await done.result).end).toEqual({ kind: "exited", exitCode: 5 });
    expect(await executor.adopt()).toHaveLength(2);
    for (const one of [done, job]) await one.release();
  });

  test("a launcher that is asked to end asks its jobs to end, and leaves when they have", async () => {
    const executor = executorOver("asked");
    const job = await executor.start(orderOf(sh("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done")));
    await isReady(job);
    const launcher = defined(launcherOf(join(folder, "asked")), "a launcher");
    process.kill(launcher, "SIGTERM");
    expect((await job.result).end).toMatchObject({ kind: "failed", code: "job-orphaned", exitCode: 0 });
    expect(await textOf(job)).toBe("ready\nbye\n");
    await expect.poll(() => isThere(launcher), patience).toBe(false);
    await job.release();
  });

  const node = join(import.meta.dirname, "testing", "node.ts");

  test("a node that is killed leaves its jobs to its successor, results and output too", async () => {
    const state = join(folder, "killed");
    const child = spawn(process.execPath, [node, state, "{}", "sleep 0.5; echo late; exit 9"], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill("SIGKILL");
    const [job] = await executorOver("killed").adopt();
    expect((await job?.result)?.end).toEqual({ kind: "exited", exitCode: 9 });
    expect(job && (await textOf(job))).toBe("late\n");
    await job?.release();
  });

  test("jobs that are not to outlive their node end with it", async () => {
    const state = join(folder, "orphan");
    const options = JSON.stringify({ orphanMs: 0 });
    const child = spawn(process.execPath, [node, state, options, "echo $$; exec sleep 1000"], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const left = (): number => allProcesses().filter(({ pid }) => environmentValue(pid, "HOME")?.startsWith(state)).length;
    await expect.poll(left, patience).toBeGreaterThan(0);
    child.kill("SIGKILL");
    await expect.poll(left, patience).toBe(0);
    const [job] = await executorOver("orphan").adopt();
    expect((await job?.result)?.end).toMatchObject({ kind: "failed", code: "job-orphaned" });
    await job?.release();
  });
});

test("an executor says what it can do here", async () => {
  const { by, limits, notes } = await executorOver("abilities", { containment: "processes" }).abilities();
  expect(by).toBe("processes of this machine");
  expect(limits).toMatchObject({ cpuMillis: "none", memoryBytes: "sampled" });
  expect(notes[0]).toMatch(/control groups/);
});
