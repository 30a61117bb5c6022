// Jobs as real processes, through a node's agent.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, test, vi } from "vitest";
import { NodeAgent } from "./agent.ts";
import { createLaunchedJobs } from "./launched-jobs.ts";
import type { JobTask } from "./port.ts";
import type { Report } from "./protocol.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
const patience = { timeout: 120_000 };

const folder = mkdtempSync(join(tmpdir(), "baton-launched-"));
const now = (): number => Date.now();
const agentOn = (name: string, outlive: boolean, graceMs = 120_000): NodeAgent =>
  new NodeAgent({ executors: [createLaunchedJobs({ stateFolder: join(folder, name), now, outlive, graceMs })], now });
const agent = agentOn("one", false);
const strict = agentOn("strict", false, 300);
const reports: Report[] = [];
for (const one of [agent, strict]) one.connect((more) => void reports.push(...more));
afterAll(async () => {
  await Promise.all([agent.close(), strict.close()]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

let count = 0;

function start(command: readonly string[], more: Partial<JobTask> = {}, on = agent): string {
  const job = `job_${++count}`;
  const work = { kind: "command", command } as const;
  on.take([{ type: "start", task: { job, token: 1, work, payload: null, environment: {}, limits: {}, timeoutMs: null, ...more } }]);
  return job;
}

async function until<Value>(find: () => Value | undefined): Promise<Value> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await delay(5);
  }
}

type Ended = Extract<Report, { readonly type: "ended" }>;

function endOf(job: string): Promise<Ended["end"]> {
  return until(() => reports.find((report): report is Ended => report.type === "ended" && report.job === job)).then(({ end }) => end);
}

function written(job: string, stream: "stdout" | "stderr" = "stdout"): string {
  return reports.map((report) => (report.type === "output" && report.job === job && report.stream === stream ? report.text : "")).join("");
}

test("a command has its input, environment and folder; what it writes is reported", async () => {
  const job = start(["sh", "-c", 'cat; echo "$WHO $BATON_JOB $BATON_ATTEMPT $(pwd)=$HOME"; echo err >&2'], {
    payload: { a: 1 },
    environment: { WHO: "Zoë", BATON_JOB: "stolen" },
  });
  expect(await endOf(job)).toMatchObject({ status: "completed", result: { exitCode: 0 } });
  expect(written(job)).toMatch(new RegExp(`^\\{"a":1\\}Zoë ${job} 1 (/.*)=\\1\n$`));
  expect(written(job, "stderr")).toBe("err\n");
});

test.each<[string, readonly string[], object]>([
  [
    "an exit code",
    ["sh", "-c", "echo why >&2; exit 7"],
    { code: "job-exit", exitCode: 7, message: expect.stringContaining("why") as string },
  ],
  ["a signal", ["sh", "-c", "kill -SEGV $$"], { code: "job-killed", message: "It was ended by SIGSEGV." }],
  ["no such program", ["no-such-program"], { code: "command-not-found" }],
  ["a program that may not be run", ["/etc/passwd"], { code: "command-not-permitted" }],
])("%s is a failure with its code", async (_, command, fault) => {
  expect(await endOf(start(command))).toMatchObject({ status: "failed", fault });
});

test("a script runs with its arguments", async () => {
  const code = "console.log(process.argv[2], require('node:fs').readFileSync(0, 'utf8'))";
  const job = start([], { work: { kind: "script", language: "js", code, arguments: ["a"] }, payload: "in" });
  expect(await endOf(job)).toMatchObject({ status: "completed" });
  expect(written(job)).toBe("a in\n");
});

test("its time is bounded, also for what ignores SIGTERM", async () => {
  const job = start(["sh", "-c", "trap '' TERM; sleep 100 & wait; sleep 100"], { timeoutMs: 100 }, strict);
  expect(await endOf(job)).toMatchObject({ status: "failed", fault: { code: "job-timed-out" } });
});

test("stopped gently it may end in order; frozen, it does nothing until it is thawed", async () => {
  const job = start(["sh", "-c", "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; echo tick; done"]);
  await until(() => (written(job).includes("tick") ? true : undefined));
  agent.take([{ type: "suspend", job, token: 1 }]);
  await until(() => reports.find((report) => report.type === "suspended" && report.job === job));
  // What it had written may still be on its way here; a job that goes on writes ten times in between.
  let frozen = -1;
  while (frozen !== written(job).length) {
    frozen = written(job).length;
    await delay(200);
  }
  agent.take([{ type: "resume", job, token: 1 }]);
  await until(() => (written(job).length > frozen ? true : undefined));
  agent.take([{ type: "stop", job, token: 1, how: "gently" }]);
  expect((await endOf(job)).status).toBe("stopped");
  expect(written(job)).toContain("bye");
});

test("an end is reported again after each new connection until it is settled; a start that comes again does nothing", async () => {
  const job = start(["true"]);
  await endOf(job);
  agent.disconnect();
  const again: Report[] = [];
  agent.connect((more) => void again.push(...more));
  await until(() => again.find((report) => report.type === "ended" && report.job === job));
  agent.take([
    {
      type: "start",
      task: { job, token: 1, work: { kind: "command", command: ["true"] }, payload: null, environment: {}, limits: {}, timeoutMs: null },
    },
  ]);
  agent.take([{ type: "settled", job, token: 1 }]);
  expect(agent.holds.some((held) => held.job === job)).toBe(false);
});

test("what a former life has started is found again, with all that it wrote and its end", async () => {
  const [before, after] = [agentOn("two", true), agentOn("two", true)];
  const work = { kind: "command", command: ["sh", "-c", "echo first; sleep 0.3; echo second"] } as const;
  const task = { job: "job_x", token: 3, work, payload: null, environment: {}, limits: {}, timeoutMs: null };
  const early: Report[] = [];
  before.connect((more) => void early.push(...more));
  before.take([{ type: "start", task }]);
  await until(() => early.find(({ type }) => type === "output"));
  await before.close();
  await after.adopt();
  expect(after.holds).toEqual([{ job: "job_x", token: 3 }]);
  const late: Report[] = [];
  after.connect((more) => void late.push(...more));
  const end = await until(() => late.find((report): report is Ended => report.type === "ended"));
  expect(end).toMatchObject({ job: "job_x", token: 3, end: { status: "completed" } });
  expect(late.map((report) => (report.type === "output" ? `${report.offset} ${report.text}` : "")).join("")).toMatch(
    /^0 first\n6 second\n$|^0 first\nsecond\n$/,
  );
  after.take([{ type: "settled", job: "job_x", token: 3 }]);
  await expect
    .poll(async () => {
      const third = agentOn("two", true);
      await third.adopt();
      const { holds } = third;
      await third.close();
      return holds;
    }, patience)
    .toEqual([]);
  await after.close();
});
