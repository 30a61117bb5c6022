// What a job promises whatever it is made of: one suite over commands, scripts, functions and containers, against a real server
// that is killed. What an executor promises beneath is the contract of packages/job-executors.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BatonClient, maxWaitMs, type Job } from "../packages/api/index.ts";
import { startUp, stop } from "../packages/cli/testing.ts";
import { canRun, startDocker, testImage, type TestEngine } from "../packages/job-executors/container/testing/engine.ts";
import { freePort } from "../packages/job-executors/testing/free-port.ts";
import { defineFunction, startWorker, type Worker } from "../packages/sdk/index.ts";

/** What the jobs of the suite do: say what they were given; fail; say "ready" and go on for ever; say "ready", and "over" a while later. */
type Behaviour = "echo" | "fail" | "endless" | "nap";
type Kind = (behaviour: Behaviour) => object;

const napMs = 3_000;
const napSeconds = String(napMs / 1_000);
const shell = {
  echo: "cat",
  fail: "echo ready; exit 3",
  endless: "echo ready; exec sleep 1000",
  nap: `echo ready; sleep ${napSeconds}; echo over`,
};
const javascript = {
  echo: 'process.stdout.write(require("node:fs").readFileSync(0));',
  fail: 'console.log("ready"); process.exitCode = 3;',
  endless: 'console.log("ready"); setInterval(() => {}, 1000);',
  nap: `console.log("ready"); setTimeout(() => console.log("over"), ${napMs});`,
};
const wait = "print('ready', flush=True)\nimport time\n";
const python = {
  echo: "import sys\nprint(sys.stdin.read())",
  fail: "import sys\nprint('ready')\nsys.exit(3)",
  endless: `${wait}time.sleep(1000)`,
  nap: `${wait}time.sleep(${napSeconds})\nprint('over')`,
};
const functions = [
  defineFunction<string, null>("echo", {}, (input, { log }) => {
    log(input);
    return null;
  }),
  defineFunction("fail", {}, (_, { log }) => {
    log("ready");
    throw new Error("as it was asked to");
  }),
  defineFunction("endless", {}, async (_, { log, signal }) => {
    log("ready");
    await delay(1_000_000, undefined, { signal });
    return null;
  }),
  defineFunction("nap", {}, async (_, { log }) => {
    log("ready");
    await delay(napMs);
    log("over");
    return null;
  }),
];

const kinds: { readonly [name: string]: Kind } = {
  command: (behaviour) => ({ command: ["sh", "-c", shell[behaviour]] }),
  "script in JavaScript": (behaviour) => ({ script: { language: "js", code: javascript[behaviour] } }),
  "script in Python": (behaviour) => ({ script: { language: "python", code: python[behaviour] } }),
  function: (behaviour) => ({ function: behaviour }),
};
const containers: Kind = (behaviour) => ({
  container: { image: testImage, pull: "never", network: "none", command: ["sh", "-c", shell[behaviour]] },
});

const folder = mkdtempSync(join(tmpdir(), "baton-job-kinds-"));
const canContain = canRun("dockerd");
let engine: TestEngine | undefined;
let server: { url: string; process: ChildProcess };
let port: number;
let worker: Worker;
let client: BatonClient;

async function up(): Promise<void> {
  const env = { DOCKER_HOST: engine === undefined ? `unix://${folder}/none` : `unix://${engine.socketPath}` };
  server = await startUp(["--data", join(folder, "data"), "--port", String(port)], { env });
}

beforeAll(async () => {
  if (canContain) engine = await startDocker();
  port = await freePort();
  await up();
  client = new BatonClient({ url: server.url, reconnectMs: 50 });
  worker = startWorker({ url: server.url, functions, reconnectMs: 50, log: () => undefined });
  await worker.ready;
});
afterAll(async () => {
  await worker.close(100);
  await stop(server.process);
  await engine?.remove();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function submit(job: object): Promise<string> {
  const { jobs } = await client.submitJobs(job as Parameters<BatonClient["submitJobs"]>[0]);
  return jobs[0]?.id ?? "";
}

/** The job once it has ended. */
async function ended(id: string): Promise<Job> {
  let job = await client.getJob(id, { waitMs: maxWaitMs });
  while (job.endedAt === null) job = await client.getJob(id, { waitMs: maxWaitMs });
  return job;
}

/** What an attempt has written, once it has written some of it. */
async function written(id: string, part: string, attempt?: number): Promise<string> {
  for (let from = 0, text = ""; ;) {
    const page = await client.getJobOutput(id, { from, waitMs: maxWaitMs, ...(attempt === undefined ? {} : { attempt }) });
    text += page.pieces.map((piece) => piece.text).join("");
    if (page.complete || text.includes(part)) return text;
    from = page.next;
  }
}

function promises(kind: Kind): void {
  test("is given its input, and what it writes is kept", async () => {
    const id = await submit({ ...kind("echo"), payload: "Zoë 🎼" });
    expect(await ended(id)).toMatchObject({ status: "completed", attempt: 1, error: null });
    expect((await written(id, "🎼")).trim()).toBe("Zoë 🎼");
  });

  test("that fails is tried as often as it may be, and tells why", async () => {
    const id = await submit({ ...kind("fail"), payload: null, retries: { failed: 2, delay: "10ms" } });
    const job = await ended(id);
    expect(job).toMatchObject({ status: "failed", attempt: 3, failures: 3 });
    expect(job.error?.code).toMatch(/^(job-exit|function-failed)$/);
    expect(job.error?.message).not.toBe("");
    expect(await written(id, "ready", 2)).toContain("ready");
  });

  test("is cancelled while it runs", async () => {
    const id = await submit({ ...kind("endless"), payload: null });
    expect(await written(id, "ready")).toContain("ready");
    await client.commandJob(id, "cancel");
    expect(await ended(id)).toMatchObject({ status: "cancelled", attempt: 1 });
  });

  test("that takes longer than it may has failed", async () => {
    const id = await submit({ ...kind("endless"), payload: null, timeout: "500ms" });
    expect(await ended(id)).toMatchObject({ status: "failed", attempt: 1, error: { code: "job-timed-out" } });
  });

  test("goes on while the server is killed, and ends once", async () => {
    const id = await submit({ ...kind("nap"), payload: null });
    expect(await written(id, "ready")).toContain("ready");
    await stop(server.process, "SIGKILL");
    await up();
    expect(await ended(id)).toMatchObject({ status: "completed", attempt: 1, losses: 0, failures: 0 });
    expect(await written(id, "over")).toBe("ready\nover\n");
  });
}

describe.each(Object.entries(kinds))("a %s", (_, kind) => promises(kind));
describe.skipIf(!canContain)("a container (needs dockerd and a static busybox, as root)", () => promises(containers));
