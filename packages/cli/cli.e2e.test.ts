// The command as its users run it: real processes, a real server, real exit codes.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { olderNode, runCommand, startCommand, startUp, stop, type Ended } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

function flow(name: string, tasks: string): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, `document:\n  dsl: '1.0.3'\n  namespace: default\n  name: ${name}\n  version: '1.0.0'\ndo:\n${tasks}`);
  return file;
}

const hello = flow("hello", '  - greet:\n      set:\n        greeting: ${ "Hello, \\(.name)!" }\n');
const failing = flow(
  "failing",
  "  - boom:\n      raise:\n        error:\n          type: https://example.com/boom\n          status: 418\n          title: Boom\n",
);
const slow = flow("slow", "  - pause:\n      wait: PT1H\n");
const broken = flow("broken", "  - pause:\n      wiat: PT1S\n");

describe("without a server", () => {
  test("a flow runs to its end: the output on standard output, a line per step on standard error", async () => {
    const { code, out, err } = await runCommand(["run", hello, "-i", '{"name":"Ada"}']);
    expect({ code, output: JSON.parse(out) as unknown }).toEqual({ code: 0, output: { greeting: "Hello, Ada!" } });
    expect(err).toContain("/do/0/greet completed");
  });

  test("-o json prints the whole run", async () => {
    const { code, out } = await runCommand(["run", hello, "-o", "json", "-i", `@${writeInput()}`]);
    const run = JSON.parse(out) as { status: string; steps: { reference: string; status: string }[] };
    expect({ code, status: run.status, steps: run.steps.map((step) => step.reference) }).toEqual({
      code: 0,
      status: "completed",
      steps: ["/do/0/greet"],
    });
  });

  test("the flow and the input can come from standard input", async () => {
    const { readFileSync } = await import("node:fs");
    const fromInput = await runCommand(["run", "-", "-i", '{"name":"Grace"}'], { input: readFileSync(hello, "utf8") });
    expect(JSON.parse(fromInput.out)).toEqual({ greeting: "Hello, Grace!" });
    const inputFromInput = await runCommand(["run", hello, "-i", "-"], { input: '{"name":"Joan"}' });
    expect(JSON.parse(inputFromInput.out)).toEqual({ greeting: "Hello, Joan!" });
  });

  test("what a flow calls and what is not there is named, with its place", async () => {
    const flow = "document: { dsl: '1.0.3', namespace: default, name: f, version: '1.0.0' }\ndo: [a: { call: 'f:1.0.0@default' }]\n";
    const { code, err } = await runCommand(["run", "-"], { input: flow });
    expect(code).toBe(1);
    expect(err).toContain("error: The document is not a flow that can be run.\n  where: line 2, column 17\n  why:   ");
  });

  test("a faulted run ends with 8 and its error", async () => {
    const { code, out, err } = await runCommand(["run", failing]);
    expect({ code, out }).toEqual({ code: 8, out: "" });
    expect(err).toContain("error: Boom (418)\n  where: /do/0/boom\n");
  });

  test("a run that takes longer than the time given ends with 10", async () => {
    const { code, err } = await runCommand(["run", slow, "--timeout", "300ms"]);
    expect(code).toBe(10);
    expect(err).toContain("has not ended");
  });

  test("an interrupted run is cancelled with what it runs, however often the interrupt is delivered; it ends with 130", async () => {
    const shell = flow("shell", "  - work: { run: { shell: { command: 'exec sleep 3600' } } }\n");
    const { child, ended, said } = startCommand(["run", shell]);
    await said("work running");
    for (let i = 0; i < 3; i++) child.kill("SIGINT");
    const { code, out, err } = await ended;
    expect({ code, out }).toEqual({ code: 130, out: "" });
    expect(err).toContain("cancelling the run");
  });

  test("an interrupted run undoes what it has done before the command ends", async () => {
    const mark = join(folder, "undone");
    const undo = `[{ pause: { wait: PT0.2S } }, { undo: { run: { shell: { command: "touch '${mark}'" } } } }]`;
    const saga = flow(
      "saga",
      `  - book: { set: { a: 1 }, metadata: { baton: { compensate: ${undo} } } }\n  - work: { run: { shell: { command: 'exec sleep 3600' } } }\n`,
    );
    const { child, ended, said } = startCommand(["run", saga]);
    await said("work running");
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect(existsSync(mark)).toBe(true);
  });

  test("a file that is no text in UTF-8 is refused", async () => {
    const file = join(folder, "latin.yaml");
    writeFileSync(file, Buffer.from("# caf\u00e9", "latin1"));
    const { code, err } = await runCommand(["lint", file]);
    expect(code).toBe(1);
    expect(err).toContain(`this is not a text in UTF-8\n  where: ${file}`);
  });

  test("a flow with a problem is shown with its place, and nothing runs", async () => {
    const { code, out, err } = await runCommand(["run", broken]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(`${broken}:8:7`);
    expect(err).toContain("wait");
  });

  test.each<[string, string[], number, string]>([
    ["no such file", ["run", "nowhere.yaml"], 4, "there is no such file"],
    ["an input that is not JSON", ["run", hello, "-i", "{name}"], 2, "the input is not JSON"],
    ["no command", ["rnu", hello], 2, "Did you mean run?"],
    ["an unknown option", ["run", hello, "--inptu", "{}"], 2, "unknown option '--inptu'"],
    ["an unknown value of an option", ["up", "--log", "warn"], 2, "Allowed choices are debug, info, warning, error"],
    ["a bad time", ["run", hello, "--timeout", "soon"], 2, "Write a time such as 30s"],
    ["a server that is not there", ["run", "list", "--server", "http://127.0.0.1:9"], 11, "does not answer"],
    ["a server that is not of the web", ["run", "list", "--server", "ftp://127.0.0.1"], 2, "is not an address"],
    ["a name that no flow has", ["start", "a/b/c"], 2, '"a/b/c" is not the name of a flow'],
    ["a folder instead of a file", ["lint", folder], 1, "the file can't be read"],
    ["a server that is no address", ["run", "list", "--server", "nonsense"], 2, "is not an address"],
  ])("%s", async (_what, args, expected, message) => {
    const { code, err } = await runCommand(args);
    expect(err).toContain(message);
    expect(code).toBe(expected);
  });
});

function writeInput(): string {
  const file = join(folder, "input.json");
  writeFileSync(file, '{"name":"Ada"}');
  return file;
}

describe("lint", () => {
  test("what is right is said to be right", async () => {
    const { code, err } = await runCommand(["lint", hello, slow]);
    expect({ code, err }).toEqual({ code: 0, err: "2 files, 0 errors, 0 warnings\n" });
  });

  test("what is wrong comes once, with rule and suggestion, in every format", async () => {
    const text = await runCommand(["lint", broken]);
    expect(text.code).toBe(1);
    expect(text.out).toContain("broken.yaml:8:7");
    const json = JSON.parse((await runCommand(["lint", broken, "-o", "json"])).out) as { rule: string; start: { line: number } }[];
    expect(json.map(({ rule, start }) => ({ rule, line: start.line }))).toEqual([{ rule: json[0]?.rule, line: 8 }]);
    const sarif = JSON.parse((await runCommand(["lint", broken, "-o", "sarif"])).out) as { version: string; runs: { results: object[] }[] };
    expect({ version: sarif.version, results: sarif.runs[0]?.results.length }).toEqual({ version: "2.1.0", results: 1 });
    expect((await runCommand(["lint", broken, "-o", "github"])).out).toMatch(/^::error file=.*broken\.yaml,line=8,col=7,/);
  });
});

describe("with a server", () => {
  let server: { url: string; process: ChildProcess };
  const on = (...args: string[]): Promise<Ended> => runCommand(["--server", server.url, ...args]);
  beforeAll(async () => {
    server = await startUp(["--data", join(folder, "data"), "--log", "warning"]);
  });
  afterAll(() => stop(server.process));

  test("a flow is applied, started, listed, looked at", async () => {
    expect(await on("apply", "-f", hello)).toMatchObject({ code: 0, err: "default/hello 1.0.0 registered\n" });
    expect(await on("apply", "-f", hello)).toMatchObject({ code: 0, err: "default/hello 1.0.0 unchanged\n" });
    expect((await on("flow", "list")).out).toMatch(/default\s+hello\s+1\.0\.0/);
    expect((await on("flow", "get", "hello")).out).toContain("name: hello");
    const waited = await on("start", "hello", "-i", '{"name":"Ada"}', "--wait");
    expect({ code: waited.code, output: JSON.parse(waited.out) as unknown }).toEqual({ code: 0, output: { greeting: "Hello, Ada!" } });
    const id = (await on("run", "list", "-o", "ids")).out.trim();
    expect(id).toMatch(/^run_\w+$/);
    expect((await on("run", "get", id)).out).toContain("✔ greet");
    expect(JSON.parse((await on("run", "get", id, "-o", "json")).out)).toMatchObject({ id, status: "completed" });
  });

  test("more runs than a page holds are listed", async () => {
    expect((await on("run", "list", "--limit", "1000", "-o", "ids")).code).toBe(0);
    expect((await on("run", "list", "--limit", "1", "-o", "ids")).out).toMatch(/^run_\w+\n$/);
  });

  test("the same idempotency key starts one run", async () => {
    await on("apply", "-f", hello);
    const first = await on("start", "hello", "-i", '{"name":"Ada"}', "--idempotency-key", "once");
    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^run_\w+\n$/) as string });
    const second = await on("start", "hello", "-i", '{"name":"Ada"}', "--idempotency-key", "once");
    expect(second.out).toBe(first.out);
  });

  test("a run is suspended, resumed and cancelled; ids come from standard input too", async () => {
    await on("apply", "-f", slow);
    const id = (await on("start", "slow")).out.trim();
    expect(await on("run", "suspend", id)).toMatchObject({ code: 0, err: `${id} suspended\n` });
    expect((await on("run", "list", "--status", "suspended", "-o", "ids")).out).toBe(`${id}\n`);
    expect(await on("run", "resume", id)).toMatchObject({ code: 0 });
    const cancelled = await runCommand(["--server", server.url, "run", "cancel", "-"], { input: `${id}\n` });
    expect(cancelled).toMatchObject({ code: 0, err: `${id} cancelled\n` });
    expect((await on("run", "watch", id)).code).toBe(9);
    expect((await on("run", "suspend", id)).code).toBe(6);
    const other = (await on("start", "slow")).out.trim();
    for (let times = 0; times < 2; times++)
      expect(await on("run", "terminate", other)).toMatchObject({ code: 0, err: `${other} terminated\n` });
    expect((await on("run", "get", other, "-o", "json")).out).toContain('"status": "cancelled"');
  });

  test("what is not there is said so", async () => {
    expect(await on("run", "get", "run_nothing")).toMatchObject({ code: 4 });
    expect(await on("start", "nothing")).toMatchObject({ code: 4 });
    expect(await on("flow", "get", "nothing")).toMatchObject({ code: 4 });
  });

  test("a second server on the same folder is refused, with the owner's process id", async () => {
    const second = await runCommand(["up", "--port", "0", "--data", join(folder, "data")]);
    expect(second.code).not.toBe(0);
    expect(second.err).toContain(String(server.process.pid));
    expect(second.err).toContain("data-folder-in-use");
  });

  test("runs and flows are there after a restart, and a run that waited still waits", async () => {
    await on("apply", "-f", slow);
    const id = (await on("start", "slow")).out.trim();
    await stop(server.process, "SIGKILL");
    server = await startUp(["--data", join(folder, "data"), "--log", "warning"]);
    expect(JSON.parse((await on("run", "get", id, "-o", "json")).out)).toMatchObject({ id, status: "waiting" });
    expect(await stop(server.process)).toBe(0);
    server = await startUp(["--data", join(folder, "data"), "--log", "warning"]);
  });
});

test("a token is demanded where one is set, and a public address demands a token", async () => {
  const server = await startUp(["--data", join(folder, "guarded"), "--log", "warning", "--token", "hush"]);
  expect(await runCommand(["--server", server.url, "run", "list"])).toMatchObject({ code: 3 });
  expect(await runCommand(["--server", server.url, "--token", "hush", "run", "list"])).toMatchObject({ code: 0 });
  await stop(server.process);
  const open = await runCommand(["up", "--data", join(folder, "open"), "--port", "0", "--host", "0.0.0.0"]);
  expect(open.code).not.toBe(0);
  expect(open.err).toContain("token");
});

const older = olderNode();
test.skipIf(older === undefined)("needs a Node older than 24: whoever kills the launcher has killed the server", async () => {
  const server = await startUp(["--data", join(folder, "launched"), "--log", "warning"], { node: older as string });
  expect(await (await fetch(`${server.url}/livez`)).json()).toEqual({ status: "ok" });
  await stop(server.process, "SIGKILL");
  await expect
    .poll(() =>
      fetch(`${server.url}/livez`).then(
        (answer) => answer.status,
        () => "gone",
      ),
    )
    .toBe("gone");
  const again = await startUp(["--data", join(folder, "launched"), "--log", "warning"], { node: older as string });
  expect(await stop(again.process)).toBe(0);
});
