// Real processes; each test leaves none behind.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Json } from "@baton/core";
import type { ProcessWork, WorkFault } from "@baton/engine";
import { machineTools } from "@baton/job-executors";
import { atOnce } from "../port.ts";
import { createProcessExecutor, type ProcessExecutorOptions } from "./process-executor.ts";

vi.setConfig({ testTimeout: 300_000 });
const patience = { timeout: 120_000 };

const folder = mkdtempSync(join(tmpdir(), "executor-test-"));
process.env["TMPDIR"] = folder;
const tools = machineTools();
const executor = createProcessExecutor({ tools, killGraceMs: 200, maxOutputBytes: 10_000 });
const [python, bubblewrap] = [await tools.python(), await tools.bubblewrap()];

afterAll(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

const shell: ProcessWork = { kind: "shell", code: "", arguments: [], environment: {}, return: "stdout" };
const script: ProcessWork = { ...shell, kind: "script", language: "js" };

const context = { workId: "run_1:2", signal: new AbortController().signal };

async function outputOf(work: ProcessWork, by = executor): Promise<Json> {
  const outcome = await by.perform(work, context);
  if (!outcome.ok) throw new Error(`${outcome.fault.title}: ${outcome.fault.detail ?? ""}`);
  return outcome.output;
}

async function printedBy(work: ProcessWork, by = executor): Promise<string> {
  const output = await outputOf(work, by);
  if (typeof output !== "string") throw new TypeError(`Expected text, but got ${JSON.stringify(output)}`);
  return output;
}

async function faultOf(work: ProcessWork, signal = context.signal, by = executor): Promise<WorkFault> {
  const outcome = await by.perform(work, { ...context, signal });
  if (outcome.ok) throw new Error(`Expected a fault, but got ${JSON.stringify(outcome.output)}`);
  if (!("kind" in outcome.fault)) throw new Error(`Expected a standard fault, but got ${outcome.fault.type}`);
  return outcome.fault;
}

/** Whether a process has gone, given that it is told to. */
async function hasGone(pid: number): Promise<void> {
  await expect.poll(() => existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z"), patience).toBe(false);
}

describe("shell", () => {
  test("gets its arguments, input, variables and a folder of its own", async () => {
    const code = 'read line; echo "$line|$1|$2|$#|$WHO|$(pwd)|$HOME"';
    const text = await printedBy({ ...shell, code, arguments: ["Foo", "B a r"], stdin: "Hello\n", environment: { WHO: "Zoë" } });
    const [folder, home] = text.trim().split("|").slice(5) as [string, string];
    expect(text).toBe(`Hello|Foo|B a r|2|Zoë|${folder}|${folder}\n`);
    expect(home).toBe(folder);
    expect(existsSync(folder)).toBe(false);
  });

  test("the specification's example with stdin and arguments", async () => {
    const code = 'input=$(cat)\necho "STDIN was: $input"\necho "ARGS are $1 $2"\n';
    expect(await outputOf({ ...shell, code, arguments: ["Foo", "Bar"], stdin: "Hello World" })).toBe(
      "STDIN was: Hello World\nARGS are Foo Bar\n",
    );
  });

  test("sees nothing of the server's environment but its path", async () => {
    process.env["BATON_TEST_SECRET"] = "secret";
    const names = (await printedBy({ ...shell, code: "env", environment: { OWN: "1" } })).replaceAll(/=.*$/gm, "");
    delete process.env["BATON_TEST_SECRET"];
    const own = names
      .trim()
      .split("\n")
      .filter((name) => !["_", "PWD", "OLDPWD", "SHLVL"].includes(name));
    expect(own.sort()).toEqual(["HOME", "LANG", "OWN", "PATH", "TMPDIR"]);
  });

  test("without input, reading it ends at once; input that is not read does no harm", async () => {
    expect(await outputOf({ ...shell, code: "cat; echo done" })).toBe("done\n");
    expect(await outputOf({ ...shell, code: "echo done", stdin: "x".repeat(1_000_000) })).toBe("done\n");
  });
});

describe("what is returned", () => {
  const code = "printf out; printf err >&2; exit 3";

  test("text is exactly what was written", async () => {
    expect(await outputOf({ ...shell, code: "printf '  a\\n\\n'" })).toBe("  a\n\n");
    expect(await outputOf({ ...shell, code: "printf 'w\\303\\266' >&2; exit 3", return: "stderr" })).toBe("wö");
    expect(await outputOf({ ...shell, code: "echo x", return: "none" })).toBeNull();
  });

  test("where the code is asked for, it is data", async () => {
    expect(await outputOf({ ...shell, code, return: "code" })).toBe(3);
    expect(await outputOf({ ...shell, code, return: "all" })).toEqual({ code: 3, stdout: "out", stderr: "err" });
    expect(await outputOf({ ...shell, code: "kill -9 $$", return: "code" })).toBe(137);
  });

  test.each(["stdout", "none"] as const)("for %s, a code other than 0 is an error that shows the end of stderr", async (returned) => {
    expect(await faultOf({ ...shell, code, return: returned })).toEqual({
      kind: "runtime",
      status: 500,
      title: "Process failed",
      detail: "The shell command ended with exit code 3. The end of stderr: err",
    });
  });

  test("a signal is told by name", async () => {
    expect((await faultOf({ ...shell, code: "kill -SEGV $$" })).detail).toBe("The shell command was ended by SIGSEGV.");
  });

  test("more output than can be kept is an error where it is returned, and thrown away where it is not", async () => {
    const flood = "head -c 20000 /dev/zero | tr '\\0' x";
    expect(await faultOf({ ...shell, code: flood })).toMatchObject({
      kind: "runtime",
      title: "Output too large",
      detail: "The shell command wrote more than 10000 bytes to stdout, and was stopped.",
    });
    expect((await faultOf({ ...shell, code: "yes >&2", return: "all" })).title).toBe("Output too large");
    expect(await outputOf({ ...shell, code: flood, return: "code" })).toBe(0);
    expect((await faultOf({ ...shell, code: `${flood} >&2; printf 'last wörds' >&2; exit 1` })).detail).toMatch(
      /The end of stderr: x+last wörds$/,
    );
  });
});

describe.each([
  ["in what this machine has of sandboxes", tools.bubblewrap],
  ["without bubblewrap", () => Promise.resolve(undefined)],
])("JavaScript %s", (_, bubblewrap) => {
  const executor = createProcessExecutor({ tools: { ...tools, bubblewrap } });

  test("the specification's example: arguments from argv[2] on", async () => {
    const code = "const [_, __, arg0, arg1] = process.argv;\nconsole.log('arg > ', arg0, arg1)";
    expect(await outputOf({ ...script, code, arguments: ["hello", "world"] }, executor)).toBe("arg >  hello world\n");
  });

  test("the specification's example: an ES module that reads stdin, argv and a variable", async () => {
    const code = `import { readFileSync } from 'node:fs';
const stdin = readFileSync(process.stdin.fd, 'utf8');
const [_, __, arg] = process.argv;
console.log(stdin, arg, process.env.foo);`;
    const work = { ...script, code, stdin: "Hello Workflow", arguments: ["hello"], environment: { foo: "bar" } };
    expect(await outputOf(work, executor)).toBe("Hello Workflow hello bar\n");
  });

  test("require works as well, and stderr is free of remarks", async () => {
    const code = "const { join } = require('node:path'); process.stdout.write(join('a', 'b'))";
    expect(await outputOf({ ...script, code, return: "all" }, executor)).toEqual({ code: 0, stdout: "a/b", stderr: "" });
    expect(await outputOf({ ...script, code: "export const a = await 1;", return: "all" }, executor)).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("an error that is thrown fails the script with its message", async () => {
    const fault = await faultOf({ ...script, code: "throw new Error('no stock')" }, context.signal, executor);
    expect(fault).toMatchObject({ kind: "runtime", title: "Process failed" });
    expect(fault.detail).toMatch(/^The js script ended with exit code 1\. .*Error: no stock/s);
  });

  test("has its folder, but not the machine's files, nor further processes", async () => {
    const code = `const fs = require('node:fs');
fs.writeFileSync('note.txt', 'mine');
const tries = { own: () => fs.readFileSync('note.txt', 'utf8'), foreign: () => fs.readFileSync(${JSON.stringify(import.meta.filename)}),
  process: () => require('node:child_process').execSync('true') };
const results = Object.entries(tries).map(([name, attempt]) => { try { return [name, String(attempt())]; } catch (error) { return [name, error.code]; } });
console.log(JSON.stringify(Object.fromEntries(results)));`;
    const result = JSON.parse(await printedBy({ ...script, code }, executor)) as object;
    expect(result).toEqual({
      own: "mine",
      foreign: expect.stringMatching(/ERR_ACCESS_DENIED|ENOENT/) as string,
      process: "ERR_ACCESS_DENIED",
    });
  });
});

describe("what the machine has to have", () => {
  test.skipIf(python === undefined)("Python gets arguments, input and variables (needs python3)", async () => {
    const code = "import sys, os\nprint(sys.stdin.read(), sys.argv[1], os.environ['WHO'])";
    expect(await outputOf({ ...script, language: "python", code, stdin: "in", arguments: ["arg"], environment: { WHO: "Zoë" } })).toBe(
      "in arg Zoë\n",
    );
    expect((await faultOf({ ...script, language: "python", code: "raise ValueError('no')" })).detail).toContain("ValueError: no");
  });

  test.skipIf(python === undefined || bubblewrap === undefined)("Python is kept from the machine's files (needs bubblewrap)", async () => {
    const code = `import os\nprint(os.path.exists(${JSON.stringify(import.meta.filename)}), os.listdir('..') == [os.path.basename(os.getcwd())])`;
    expect(await outputOf({ ...script, language: "python", code })).toBe("False True\n");
  });

  test("where there is no Python, that is a configuration fault", async () => {
    const none = { ...tools, python: () => Promise.resolve(undefined) };
    const own = createProcessExecutor({ tools: none });
    expect(await faultOf({ ...script, language: "python", code: "" }, context.signal, own)).toEqual({
      kind: "configuration",
      status: 400,
      title: "Process cannot be started",
      detail: "There is no working python3 on this machine's path, so it cannot run Python scripts.",
    });
  });

  test("a program that is not there, and arguments that cannot be passed, are configuration faults", async () => {
    const missing = { ...tools, node: { path: "/nowhere/node", folders: [] }, bubblewrap: () => Promise.resolve(undefined) };
    const own = createProcessExecutor({ tools: missing });
    expect((await faultOf({ ...script, code: "" }, context.signal, own)).detail).toBe(
      "The js script could not be started: the program is not there (ENOENT).",
    );
    expect((await faultOf({ ...shell, code: "true", arguments: ["a\0b"] })).kind).toBe("configuration");
    expect((await faultOf({ ...shell, code: "true", environment: { "a=b": "" } })).detail).toBe(
      '"a=b" is not a name that an environment variable can have.',
    );
    expect((await faultOf({ ...shell, code: "true", arguments: ["x".repeat(3_000_000)] })).detail).toContain(
      "longer than the system allows",
    );
  });
});

describe("stopping", () => {
  const leaderAndChild = "sleep 1000 & echo $$ $! > $OUT; wait";

  /** Starts a shell command that writes its process ids, and gives them once they are there. */
  async function started(code: string, abort: AbortController, by = executor): Promise<{ pids: number[]; outcome: Promise<WorkFault> }> {
    const file = join(folder, `pids-${Math.random()}`);
    const outcome = faultOf({ ...shell, code: code.replace("$OUT", file) }, abort.signal, by);
    await expect.poll(() => existsSync(file) && readFileSync(file, "utf8").endsWith("\n"), patience).toBe(true);
    return { pids: readFileSync(file, "utf8").trim().split(" ").map(Number), outcome };
  }

  test("an abort ends the whole group", async () => {
    const abort = new AbortController();
    const { pids, outcome } = await started(leaderAndChild, abort);
    abort.abort();
    expect(await outcome).toMatchObject({ title: "Aborted" });
    for (const pid of pids) await hasGone(pid);
  });

  test("what ignores SIGTERM is killed after the grace", async () => {
    const abort = new AbortController();
    const { pids, outcome } = await started(`trap '' TERM; ${leaderAndChild}; sleep 1000`, abort);
    abort.abort();
    expect(await outcome).toMatchObject({ title: "Aborted" });
    for (const pid of pids) await hasGone(pid);
  });

  test("what is to end at once gets no SIGTERM that it could handle", async () => {
    const [abort, handled] = [new AbortController(), join(folder, "handled")];
    const own = createProcessExecutor({ killGraceMs: 1_000_000 });
    const { pids, outcome } = await started(`trap 'echo > ${handled}' TERM; ${leaderAndChild}; sleep 1000`, abort, own);
    abort.abort(atOnce);
    expect(await outcome).toMatchObject({ title: "Aborted" });
    for (const pid of pids) await hasGone(pid);
    expect(existsSync(handled)).toBe(false);
  });

  test("what a command leaves in the background ends with it", async () => {
    const pid = Number(await outputOf({ ...shell, code: "sleep 1000 & echo $!" }));
    await hasGone(pid);
  });

  test("a process that left the group cannot hold the task up", async () => {
    const stranger = "echo $$; echo > left; exec sleep 1000";
    const text = await printedBy({ ...shell, code: `setsid sh -c '${stranger}' & until [ -e left ]; do sleep 0.01; done; echo done` });
    onTestFinished(() => void process.kill(Number.parseInt(text, 10), "SIGKILL"));
    expect(text).toMatch(/^\d+\ndone\n$/);
  });

  test("closing ends what runs and what waits, and leaves no folder", async () => {
    const options: ProcessExecutorOptions = { maxProcesses: 1, killGraceMs: 200 };
    const own = createProcessExecutor(options);
    const { pids, outcome } = await started(leaderAndChild, new AbortController(), own);
    const waiting = faultOf({ ...shell, code: "echo never" }, context.signal, own);
    await own.close();
    expect([(await outcome).title, (await waiting).title]).toEqual(["Aborted", "Aborted"]);
    for (const pid of pids) await hasGone(pid);
  });

  test("work that was aborted before it began is not started", async () => {
    expect(await faultOf({ ...shell, code: "echo never" }, AbortSignal.abort())).toMatchObject({ title: "Aborted" });
  });

  test("so many run at a time", async () => {
    const own = createProcessExecutor({ maxProcesses: 2 });
    const started = "date +%s%N; sleep 0.05; date +%s%N";
    const spans = await Promise.all(Array.from({ length: 6 }, () => printedBy({ ...shell, code: started }, own)));
    const times = spans.map((text) => text.trim().split("\n").map(BigInt) as [bigint, bigint]);
    const mostAtOnce = Math.max(...times.map(([at]) => times.filter(([from, to]) => from <= at && at < to).length));
    expect(mostAtOnce).toBeLessThanOrEqual(2);
  });
});

test("nothing of all this is left in the temporary folder", () => {
  expect(readdirSync(folder).filter((name) => name.startsWith("baton-"))).toEqual([]);
});
