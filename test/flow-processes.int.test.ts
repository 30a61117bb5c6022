// Processes of flows as jobs: placed as their metadata says, what they return, what of them faults, cancelled with their runs,
// and what is not kept as a job because it holds a secret or is too large.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { maxWaitMs, type Job, type RunView } from "../packages/api/index.ts";
import type { Json } from "../packages/core/index.ts";
import { runCommand } from "../packages/cli/testing.ts";
import { flow, startTestServer, type TestServer } from "../packages/server/testing/harness.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-flow-processes-"));
let server: TestServer;
beforeAll(async () => {
  process.env["DOCKER_HOST"] = `unix://${join(folder, "none.sock")}`;
  server = await startTestServer({ secrets: { password: "open sesame" } });
});
afterAll(async () => {
  delete process.env["DOCKER_HOST"];
  await server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

let flows = 0;

async function start(tasks: string, input: Json = {}, header = ""): Promise<string> {
  const name = `processes-${++flows}`;
  const text = flow(name, tasks);
  await server.client.applyFlow(header === "" ? text : text.replace("\ndo:", `\n${header}\ndo:`));
  return (await server.client.startRun({ name }, input)).id;
}

async function run(tasks: string, input: Json = {}): Promise<RunView> {
  return server.client.getRun(await start(tasks, input), { waitMs: maxWaitMs });
}

async function jobsOf(runId: string): Promise<readonly Job[]> {
  const { items } = await server.client.listJobs({});
  return items.filter(({ origin }) => origin?.runId === runId);
}

function shell(command: string, more = "", run = ""): string {
  return `  - a: { run: { shell: { command: ${JSON.stringify(command)}${more === "" ? "" : `, ${more}`} }${run === "" ? "" : `, ${run}`} } }`;
}

const mixed = "echo out; echo err >&2; exit $1";

describe("a process of a flow is a job", () => {
  test("with its arguments, variables and input, placed as its metadata says", async () => {
    const given = "arguments: [b], environment: { WHO: '${ .who }' }, stdin: '${ .text }'";
    const task = shell('echo "$1 $WHO $(cat)"', given).replace(
      / }$/,
      ", metadata: { baton: { priority: 70, resources: { cpu: 500m, memory: 64Mi } } } }",
    );
    const { id, output } = await run(task, { who: "Zoë", text: "in" });
    expect(output).toBe("b Zoë in\n");
    expect(await jobsOf(id)).toMatchObject([
      { status: "completed", priority: 70, requests: { cpu: 500, memory: 64 * 1024 * 1024 }, origin: { runId: id, step: 1 } },
    ]);
  });

  test("that says nothing of the processor asks for a tenth of a core, and waits with its reason where there is not so much", async () => {
    const { jobs } = await server.client.submitJobs({ command: ["sleep", "1000"], resources: { cpu: availableParallelism() } });
    const hog = jobs[0]?.id ?? "";
    onTestFinished(async () => void (await server.client.commandJob(hog, "cancel").catch(() => undefined)));
    await expect.poll(async () => (await server.client.getJob(hog)).status).toBe("running");
    const id = await start(shell("echo done"));
    await expect.poll(async () => (await jobsOf(id))[0]?.reason).toBe("pending.capacity");
    const job = (await jobsOf(id))[0] as Job;
    expect(job.requests).toEqual({ cpu: 100 });
    expect((await server.client.explainJob(job.id)).reasons[0]?.code).toBe("pending.capacity");
    expect((await server.client.getRun(id)).steps).toMatchObject([{ job: job.id, waiting: { reason: "pending.capacity" } }]);
    const told = await runCommand(["--server", server.url, "explain", id]);
    expect(told.out).toMatch(new RegExp(`${id} is [^]*waits for work \\(a\\)[^]*${job.id} is pending[^]*pending.capacity`));
    await server.client.commandJob(hog, "cancel");
    expect(await server.client.getRun(id, { waitMs: maxWaitMs })).toMatchObject({ output: "done\n" });
  });

  test("that no node could ever run faults its step at once", async () => {
    const ended = await run(shell("true").replace(/ }$/, ", metadata: { baton: { labels: { color: blue } } } }"));
    expect(ended).toMatchObject({ status: "faulted", error: { status: 400, detail: expect.stringContaining("job-impossible") as string } });
  });

  test.each<[string, number, Json | undefined]>([
    ["stdout", 0, "out\n"],
    ["stderr", 0, "err\n"],
    ["code", 0, 0],
    ["all", 0, { code: 0, stdout: "out\n", stderr: "err\n" }],
    ["none", 0, null],
    ["stdout", 3, undefined],
    ["stderr", 3, "err\n"],
    ["code", 3, 3],
    ["all", 3, { code: 3, stdout: "out\n", stderr: "err\n" }],
    ["none", 3, undefined],
  ])("return: %s after exit code %d", async (returned, code, output) => {
    const ended = await run(shell(mixed, `arguments: ["${code}"]`, `return: ${returned}`));
    if (output !== undefined) expect(ended).toMatchObject({ status: "completed", output });
    else
      expect(ended).toMatchObject({
        status: "faulted",
        error: { status: 500, title: "Process failed", detail: expect.stringMatching(/exit code 3[^]*err/) as string },
      });
  });

  test("a signal counts as shells count it", async () => {
    expect(await run(shell("kill -KILL $$", "", "return: code"))).toMatchObject({ output: 137 });
  });

  test("a script too, in both languages, with the network", async () => {
    const js = "  - a: { run: { script: { language: js, code: 'console.log(process.argv[2])', arguments: [x] } } }";
    expect(await run(js)).toMatchObject({ output: "x\n" });
    const python = "  - a: { run: { script: { language: python, code: 'import sys; print(sys.argv[1])', arguments: [y] } } }";
    expect(await run(python)).toMatchObject({ output: "y\n" });
  });

  test("much output comes whole, characters of several bytes too; too much is a fault", async () => {
    const code = "process.stdout.write('é€😀'.repeat(200_000))";
    const { output } = await run(`  - a: { run: { script: { language: js, code: ${JSON.stringify(code)} } } }`);
    expect(output === "é€😀".repeat(200_000)).toBe(true);
    expect(await run(shell("head -c 5000000 /dev/zero | tr '\\0' x"))).toMatchObject({
      status: "faulted",
      error: { title: "Output too large" },
    });
  });

  test("what a run is cancelled with ends", async () => {
    const id = await start(shell("echo $$ > $FILE.new; mv $FILE.new $FILE; sleep 1000", `environment: { FILE: '${folder}/pid' }`));
    await expect.poll(() => existsSync(join(folder, "pid"))).toBe(true);
    const pid = readFileSync(join(folder, "pid"), "utf8").trim();
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    await server.client.commandRun(id, "cancel");
    await expect.poll(async () => (await jobsOf(id))[0]?.status).toBe("cancelled");
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test("what is not awaited goes on when the run is over", async () => {
    const path = join(folder, "go");
    const ended = await run(shell(`until [ -e ${path} ]; do sleep 0.05; done; echo went`, "", "await: false"), { in: 1 });
    expect(ended).toMatchObject({ status: "completed", output: { in: 1 } });
    await expect.poll(async () => (await jobsOf(ended.id)).length).toBe(1);
    const [job] = await jobsOf(ended.id);
    writeFileSync(path, "");
    expect(await server.client.getJob(job?.id ?? "", { waitMs: maxWaitMs })).toMatchObject({ status: "completed" });
  });

  test("what cannot start is told by its step", async () => {
    const none = "  - a: { run: { container: { image: alpine } } }";
    expect(await run(none)).toMatchObject({
      status: "faulted",
      error: { status: 400, detail: expect.stringContaining("executor-unavailable") as string },
    });
  });
});

describe("what is no job", () => {
  const told = (id: string): Promise<readonly Job[]> => jobsOf(id);

  test("a process that is given a secret runs beside the server, and the secret is not stored", async () => {
    const task = shell('printf %s "$P" | tr a-z A-Z', "environment: { P: '${ $secrets.password }' }");
    const name = `secret-${++flows}`;
    await server.client.applyFlow(flow(name, task).replace("\ndo:", "\nuse: { secrets: [password] }\ndo:"));
    const { id } = await server.client.startRun({ name }, {});
    expect(await server.client.getRun(id, { waitMs: maxWaitMs })).toMatchObject({ output: "OPEN SESAME" });
    expect(await told(id)).toEqual([]);
  });

  test("one whose input is larger than a job may be", async () => {
    const { id, output } = await run(shell('wc -c | tr -d " "', "stdin: '${ .text }'"), { text: "x".repeat(400_000) });
    expect([output, await told(id)]).toEqual(["400000\n", []]);
  });

  test("a container that is given a secret is refused", async () => {
    const name = `secret-${++flows}`;
    const task = "  - a: { run: { container: { image: alpine, environment: { P: '${ $secrets.password }' } } } }";
    await server.client.applyFlow(flow(name, task).replace("\ndo:", "\nuse: { secrets: [password] }\ndo:"));
    const { id } = await server.client.startRun({ name }, {});
    expect((await server.client.getRun(id, { waitMs: maxWaitMs })).error).toMatchObject({ status: 403 });
  });
});
