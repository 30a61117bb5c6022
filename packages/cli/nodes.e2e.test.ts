// Other machines as nodes: processes of their own that join a server by a token, run its jobs, are killed and come back.
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BatonClient, type Node } from "@baton/api";
import { runCommand, startCommand, startUp, steadyPort, stop, type Ended } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-nodes-"));
const secret = "server-secret";
const started: ChildProcess[] = [];
let server: { url: string; process: ChildProcess };
let client: BatonClient;

beforeAll(async () => {
  server = await startUp(["--data", join(folder, "data"), "--token", secret, "--port", await steadyPort()]);
  client = new BatonClient({ url: server.url, token: secret });
});
afterAll(async () => {
  for (const child of started) await stop(child);
  await stop(server.process);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

function baton(...args: string[]): Promise<Ended> {
  return runCommand(["--server", server.url, "--token", secret, ...args]);
}

/** Starts `baton node join`; resolves when the server has taken it in. */
async function joinAs(name: string, token: string, ...more: string[]): Promise<ChildProcess> {
  const args = ["node", "join", server.url, "--token", token, "--name", name, "--data", join(folder, name), ...more];
  const { child, said } = startCommand(args);
  started.push(child);
  await said("has joined");
  return child;
}

async function token(...more: string[]): Promise<string> {
  return (await baton("node", "token", "create", ...more)).out.trim();
}

async function until(name: string, isRight: (node: Node) => boolean): Promise<Node> {
  for (;;) {
    const node = await client.nodes.get(name);
    if (isRight(node)) return node;
    await delay(50);
  }
}

async function submitTo(pool: string, command: readonly string[], more: object = {}): Promise<string> {
  const { jobs } = await client.submitJobs({ command, constraints: { pools: [pool] }, resources: { cpu: "100m" }, ...more });
  return jobs[0]?.id ?? "";
}

describe("joining", () => {
  test("a wrong, an expired and a confined token are told apart", async () => {
    const join = (shown: string): Promise<Ended> =>
      runCommand(["node", "join", server.url, "--token", shown, "--name", "never", "--data", `${folder}/never`]);
    expect(await join("bnt_00000000_nonsense")).toMatchObject({ code: 3, err: expect.stringContaining("node-token-invalid") as string });
    const short = await token("--expires", "1ms");
    expect(await join(short)).toMatchObject({ code: 3, err: expect.stringContaining("node-token-expired") as string });
    expect(await join("nonsense")).toMatchObject({ code: 3, err: expect.stringContaining("authentication-required") as string });
    expect(existsSync(`${folder}/never`)).toBe(false);
    const good = await token();
    expect(good).toMatch(/^bnt_[0-9a-f]{8}_[0-9a-f]{40}$/);
    const reading = await runCommand(["--server", server.url, "--token", good, "job", "list"]);
    expect(reading).toMatchObject({ code: 5, err: expect.stringContaining("node-token-confined") as string });
  });

  test("a node runs jobs with their limits, output and results, and says how busy it is", async () => {
    await joinAs("alpha", await token(), "--pool", "alpha", "--zone", "z1", "--label", "disk=ssd");
    const id = await submitTo("alpha", ["sh", "-c", "echo out; echo $BATON_ATTEMPT >&2; cat"], { payload: "in" });
    const job = await client.getJob(id, { waitMs: 240_000 });
    expect(job).toMatchObject({ status: "completed", node: "alpha", attempt: 1 });
    const { pieces } = await client.getJobOutput(id);
    expect(
      pieces
        .filter(({ stream }) => stream === "stdout")
        .map(({ text }) => text)
        .join(""),
    ).toBe("out\nin");
    const node = await until("alpha", ({ load, status }) => load !== null && status === "ready");
    expect(node).toMatchObject({ kind: "machine", status: "ready", pool: "alpha", zone: "z1", warnings: [] });
    expect(node.labels).toMatchObject({ disk: "ssd", os: process.platform });
    expect(
      [node.capacity["cpu"], node.capacity["memory"], node.capacity["disk"], node.load?.memoryBytes].every((has) => (has ?? 0) > 0),
    ).toBe(true);
  });

  test("a server that is not there is waited for, and said so", async () => {
    const args = ["node", "join", "http://127.0.0.1:9", "--name", "lonely", "--data", join(folder, "lonely")];
    const { child, ended, said } = startCommand(args);
    await said("\n");
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, err: "nobody answers at http://127.0.0.1:9; it is tried again\n" });
    expect(existsSync(join(folder, "lonely"))).toBe(false);
    expect(await baton("node", "join", "nowhere")).toMatchObject({ code: 2, err: expect.stringContaining("not the address") as string });
  });

  test("a folder that belongs to a node is no other one's", async () => {
    const first = await joinAs("kappa", await token());
    await stop(first);
    const other = await runCommand(["node", "join", server.url, "--name", "someone", "--data", join(folder, "kappa")]);
    expect(other).toMatchObject({ code: 6, err: expect.stringContaining("belongs to the node kappa") as string });
  });

  test("a name that another node has is not given twice", async () => {
    await joinAs("beta", await token());
    const args = ["node", "join", server.url, "--token", await token(), "--name", "beta", "--data", join(folder, "other")];
    const { child, said } = startCommand(args);
    started.push(child);
    await said("node-name-taken");
    await stop(child);
  });
});

describe("looking after nodes", () => {
  test("list, describe and top show what nodes have, run and use", async () => {
    await joinAs("eye", await token(), "--pool", "eye");
    await until("eye", ({ load }) => load !== null);
    // A machine that stalls makes it suspect for a moment.
    const list = async (): Promise<string> => (await baton("node", "list")).out;
    expect(await list()).toMatch(/^NAME +STATUS +KIND +POOL/);
    await expect.poll(list).toMatch(/^eye +ready +machine +eye +default +0 +cpu 0 of \d/m);
    expect((await baton("node", "list", "-o", "ids")).out.split("\n")).toContain("eye");
    expect(JSON.parse((await baton("node", "describe", "eye", "-o", "json")).out)).toMatchObject({ name: "eye", pool: "eye", jobs: [] });
    await expect.poll(async () => (await baton("node", "top")).out).toMatch(/^eye +ready +\d+% +0% +\d+%/m);
    expect(await baton("node", "describe", "nobody")).toMatchObject({ code: 4, err: expect.stringContaining("node-unknown") as string });
  });

  test("a cordoned node gets no jobs, explain says so, and drain --wait ends with its last job", async () => {
    const child = await joinAs("zeta", await token(), "--pool", "zeta");
    const gate = join(folder, "zeta.go");
    const running = await submitTo("zeta", ["sh", "-c", `while [ ! -e ${gate} ]; do sleep 0.1; done`]);
    await until("zeta", ({ jobs }) => jobs.length === 1);
    expect((await baton("node", "cordon", "zeta")).err).toBe("node zeta gets no more jobs (cordoned)\n");
    const waiting = await submitTo("zeta", ["true"]);
    expect((await baton("explain", waiting)).out).toMatch(/it waits for zeta \(cordoned\)[\s\S]*uncordon zeta/);
    expect(await baton("node", "drain", "zeta", "--wait", "--timeout", "1ms")).toMatchObject({ code: 10 });
    const draining = baton("node", "drain", "zeta", "--wait");
    writeFileSync(gate, "");
    expect(await draining).toMatchObject({ code: 0, err: expect.stringContaining("node zeta has no jobs any more") as string });
    expect((await client.getJob(running)).status).toBe("completed");
    expect((await client.getJob(waiting)).status).toBe("pending");
    await baton("node", "uncordon", "zeta");
    expect((await client.getJob(waiting, { waitMs: 240_000 })).status).toBe("completed");
    const told = (await baton("audit", "list", "--subject", "zeta", "--action", "node.")).out;
    expect(told).toMatch(/api +node\.cordoned +zeta +\S*127\.0\.0\.1 baton node cordon/);
    expect(told).toMatch(/node zeta +node\.joined +zeta +\S*127\.0\.0\.1 baton node join +.*by=token [0-9a-f]{8}/);
    expect(await baton("node", "remove", "zeta")).toMatchObject({ code: 6, err: expect.stringContaining("node-there") as string });
    await stop(child);
    await until("zeta", ({ status }) => status === "lost");
    expect((await baton("node", "remove", "zeta")).err).toBe("node zeta is forgotten\n");
  });

  test("a node that is told to stop says what its jobs do; with --stop-jobs they are ended and placed again", async () => {
    const child = await joinAs("eta", await token(), "--pool", "eta", "--stop-jobs");
    const id = await submitTo("eta", ["sleep", "1000"]);
    await until("eta", ({ jobs }) => jobs.length === 1);
    while ((await client.getJob(id)).status !== "running") await delay(50);
    let said = "";
    child.stderr?.on("data", (text: string) => (said += text));
    await stop(child);
    expect(said).toContain("1 job of this machine is ended, and placed again later");
    expect(await client.getJob(id)).toMatchObject({ status: "pending", attempt: 1 });
    await client.commandJob(id, "cancel");
  });
});

describe("stopping a node", () => {
  test("its jobs run on, and it says what becomes of them and nothing else", async () => {
    const child = await joinAs("iota", await token(), "--pool", "iota");
    const id = await submitTo("iota", ["sleep", "1000"]);
    while ((await client.getJob(id)).status !== "running") await delay(50);
    let said = "";
    child.stderr?.on("data", (text: string) => (said += text));
    expect(await stop(child)).toBe(0);
    expect(said).toMatch(/^1 job of this machine runs on: started again within 15 seconds, the node takes it up; later .*--drain .*\n$/);
    await client.commandJob(id, "cancel");
    await stop(await joinAs("iota", "none", "--stop-jobs"));
  });

  test("with --drain it lets its jobs finish, takes no more, and then ends", async () => {
    const child = await joinAs("lambda", await token(), "--pool", "lambda", "--drain");
    const gate = join(folder, "lambda.go");
    const id = await submitTo("lambda", ["sh", "-c", `while [ ! -e ${gate} ]; do sleep 0.1; done`]);
    while ((await client.getJob(id)).status !== "running") await delay(50);
    let said = "";
    child.stderr?.on("data", (text: string) => (said += text));
    const ended = stop(child);
    await until("lambda", ({ status }) => status === "draining");
    const next = await submitTo("lambda", ["true"]);
    expect((await baton("explain", next)).out).toContain("it waits for lambda (draining)");
    writeFileSync(gate, "");
    expect([await ended, said]).toEqual([0, expect.stringMatching(/^1 job of this machine is left to finish, [^\n]*\n$/)]);
    expect(await client.getJob(id)).toMatchObject({ status: "completed", attempt: 1 });
    await until("lambda", ({ status, left }) => status === "lost" && left);
    expect((await baton("node", "list")).out).toMatch(/^lambda +lost \(left\) +machine/m);
    expect((await baton("node", "describe", "lambda")).out).toContain("\nleft: true\n");
    expect((await client.getJob(next)).status).toBe("pending");
    await client.commandJob(next, "cancel");
  });
});

describe("stopping baton up", () => {
  test("its jobs run on and are taken up by the next start; with --stop-jobs they are ended first", async () => {
    const data = join(folder, "up");
    const upOnce = async (...more: string[]): Promise<{ url: string; process: ChildProcess; said: () => string }> => {
      let said = "";
      const one = await startUp(["--data", data, "--log", "error", ...more]);
      one.process.stderr?.on("data", (text: string) => (said += text));
      return { ...one, said: () => said };
    };
    const first = await upOnce();
    const log = join(folder, "up.log");
    const command = ["sh", "-c", `echo start >> ${log}; while [ ! -e ${log}.go ]; do sleep 0.1; done; echo end >> ${log}`];
    const { jobs } = await new BatonClient({ url: first.url }).submitJobs({ command });
    const id = jobs[0]?.id ?? "";
    while (!existsSync(log)) await delay(20);
    await stop(first.process);
    expect(first.said()).toContain("1 job of this machine runs on: started again within 10 minutes, it takes it up");

    const second = await upOnce("--stop-jobs");
    const client2 = new BatonClient({ url: second.url });
    expect(await client2.getJob(id)).toMatchObject({ status: "running", attempt: 1 });
    await stop(second.process);
    expect(second.said()).toContain("1 job of this machine is ended, and placed again later");

    writeFileSync(`${log}.go`, "");
    const third = await upOnce();
    expect(await new BatonClient({ url: third.url }).getJob(id, { waitMs: 240_000 })).toMatchObject({ status: "completed", attempt: 2 });
    expect(readFileSync(log, "utf8")).toBe("start\nstart\nend\n");
    await stop(third.process);
    expect(third.said()).not.toContain("of this machine");
  });
});

describe("kills", () => {
  test("a killed node goes on with its jobs when it comes back, by its key and not by its token", async () => {
    const shown = await token("--expires", "PT1H");
    const first = await joinAs("gamma", shown, "--pool", "gamma");
    const log = join(folder, "gamma.log");
    const id = await submitTo("gamma", [
      "sh",
      "-c",
      `echo start >> ${log}; echo before; while [ ! -e ${log}.go ]; do sleep 0.1; done; echo after; echo end >> ${log}`,
    ]);
    while (!existsSync(log)) await delay(20);
    await baton("node", "token", "delete", shown.split("_")[1] as string);
    await stop(first, "SIGKILL");
    await joinAs("gamma", shown, "--pool", "gamma");
    writeFileSync(`${log}.go`, "");
    expect(await client.getJob(id, { waitMs: 240_000 })).toMatchObject({ status: "completed", node: "gamma", attempt: 1 });
    expect(readFileSync(log, "utf8")).toBe("start\nend\n");
    const { pieces } = await client.getJobOutput(id);
    expect(pieces.map(({ text }) => text).join("")).toBe("before\nafter\n");
  });

  test("a killed server finds its nodes again, with what they ran and how it ended meanwhile", async () => {
    await joinAs("delta", await token(), "--pool", "delta");
    const log = join(folder, "delta.log");
    const command = (i: number): readonly string[] => ["sh", "-c", `echo ${i} start >> ${log}; sleep 0.${i}; echo ${i} end >> ${log}`];
    const ids = await Promise.all([1, 3, 5, 7, 9].map((i) => submitTo("delta", command(i))));
    while (!existsSync(log)) await delay(20);
    await stop(server.process, "SIGKILL");
    const { port } = new URL(server.url);
    server = await startUp(["--data", join(folder, "data"), "--token", secret, "--port", port]);
    const ended = await Promise.all(ids.map((id) => client.getJob(id, { waitMs: 240_000 })));
    expect(ended.map(({ status }) => status)).toEqual(ids.map(() => "completed"));
    const lines = readFileSync(log, "utf8").trim().split("\n").sort();
    expect(lines).toEqual([1, 3, 5, 7, 9].flatMap((i) => [`${i} end`, `${i} start`]));
  });

  test("server and node killed together, again and again: every job ends once, no attempt is begun twice", async () => {
    let node = await joinAs("theta", await token(), "--pool", "theta");
    const log = join(folder, "theta.log");
    const said = "echo $BATON_JOB $BATON_ATTEMPT";
    const command = ["sh", "-c", `${said} start >> ${log}; sleep 0.3; ${said} end >> ${log}`];
    const submitting = Array.from({ length: 24 }, () => submitTo("theta", command, { resources: { cpu: "200m" } }));
    const ids = await Promise.all(submitting);
    const { port } = new URL(server.url);
    for (let round = 0; round < 3; round++) {
      await delay(300);
      await Promise.all([stop(server.process, "SIGKILL"), stop(node, "SIGKILL")]);
      const joining = joinAs("theta", "gone", "--pool", "theta");
      server = await startUp(["--data", join(folder, "data"), "--token", secret, "--port", port]);
      node = await joining;
    }
    const ended = await Promise.all(ids.map((id) => client.getJob(id, { waitMs: 240_000 })));
    expect(ended.map(({ status }) => status)).toEqual(ids.map(() => "completed"));
    const lines = readFileSync(log, "utf8").trim().split("\n");
    expect(lines.length).toBe(new Set(lines).size);
    for (const { id, attempt } of ended) expect(lines).toEqual(expect.arrayContaining([`${id} ${attempt} start`, `${id} ${attempt} end`]));
  });
});
