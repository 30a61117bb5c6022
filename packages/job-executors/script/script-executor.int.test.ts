// Scripts of both languages: the contract, in the sandbox and without, and what the sandbox lets through.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { javascriptBehaviours, pythonBehaviours } from "../contract/behaviours.ts";
import { jobExecutorContract } from "../contract/contract.ts";
import { finished, orderOf, textOf } from "../contract/subject.ts";
import type { JobEnd, JobExecutor, JobSpec, ScriptProgram } from "../port.ts";
import { LauncherLink } from "../process/launcher-link.ts";
import { createScriptExecutor, type ScriptOptions } from "./script-executor.ts";
import { machineTools } from "./tools.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const tools = machineTools();
const [python, bubblewrap] = [await tools.python(), await tools.bubblewrap()];
const folder = mkdtempSync(join(tmpdir(), "baton-scripts-"));
const executors: JobExecutor[] = [];

function executorOver(name: string, options: ScriptOptions = {}): JobExecutor {
  const executor = createScriptExecutor(new LauncherLink({ stateFolder: join(folder, name) }), { tools, ...options });
  executors.push(executor);
  return executor;
}

afterAll(async () => {
  await Promise.all(executors.map((executor) => executor.close()));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const machine = executorOver("machine");
const { limits } = await machine.abilities();

function js(code: string, ...args: readonly string[]): ScriptProgram {
  return { kind: "script", language: "js", code, args };
}

function py(code: string, ...args: readonly string[]): ScriptProgram {
  return { kind: "script", language: "python", code, args };
}

const subjects = [
  { language: "JavaScript", behaviours: javascriptBehaviours(js), isThere: true },
  { language: "Python", behaviours: pythonBehaviours(py), isThere: python !== undefined },
];
const sandboxes = [
  { sandbox: "required", isThere: bubblewrap !== undefined },
  { sandbox: "off", isThere: true },
] as const;

for (const { language, behaviours, isThere } of subjects)
  for (const { sandbox, isThere: hasSandbox } of sandboxes)
    describe.skipIf(!isThere || !hasSandbox)(`the contract (${language}, sandbox ${sandbox}; needs python3 or bubblewrap)`, () => {
      const clear = jobExecutorContract({
        test,
        create: () => executorOver(`${language}-${sandbox}`, { sandbox }),
        behaviours,
        keepsMemory: limits.memoryBytes === "kernel",
        keepsPids: limits.pids === "kernel",
      });
      afterAll(clear);
    });

async function textBy(program: ScriptProgram, more: Partial<JobSpec> = {}): Promise<string> {
  const job = await machine.start(orderOf(program, more));
  const text = (await textOf(job)) + (await textOf(job, "stderr"));
  await finished(job);
  return text;
}

async function endBy(executor: JobExecutor, program: ScriptProgram): Promise<JobEnd> {
  return (await finished(await executor.start(orderOf(program)))).end;
}

describe.skipIf(bubblewrap === undefined || python === undefined)("in the sandbox (needs bubblewrap and python3)", () => {
  const attempt = (code: string): string =>
    `import os, socket, subprocess\ntry:\n  ${code}\n  print("done")\nexcept OSError as e:\n  print(type(e).__name__)`;

  test("the system is read-only, the script's own folder is not", async () => {
    expect(await textBy(py(attempt('open("/usr/new", "w")')))).not.toBe("done\n");
    expect(await textBy(py(attempt('open("new", "w")')))).toBe("done\n");
  });

  test("the machine's other files and processes are not there", async () => {
    expect(await textBy(py(attempt('open("/etc/passwd")')))).toBe("FileNotFoundError\n");
    expect(await textBy(py(attempt(`os.listdir(${JSON.stringify(process.cwd())})`)))).toBe("FileNotFoundError\n");
    const pids = await textBy(py('import os; print(sum(name.isdigit() for name in os.listdir("/proc")))'));
    expect(Number(pids)).toBeLessThan(5);
  });

  test("a working folder that is ordered can be read and written", async () => {
    expect(await textBy(py(attempt('open("from-script", "w")')), { cwd: folder })).toBe("done\n");
  });

  test("the network is there only where it is asked for", async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const connect = attempt(`socket.create_connection(("127.0.0.1", ${(server.address() as AddressInfo).port}), 5)`);
    expect(await textBy(py(connect))).toBe("ConnectionRefusedError\n");
    expect(await textBy({ ...py(connect), network: true })).toBe("done\n");
    server.close();
  });
});

test("JavaScript is kept from files and processes by Node itself, too", async () => {
  expect(await textBy(js('require("node:fs").readFileSync("/etc/hosts")'))).toContain("ERR_ACCESS_DENIED");
  expect(await textBy(js('require("node:child_process").spawnSync("true")'))).toContain("ERR_ACCESS_DENIED");
});

describe("what a machine does not have", () => {
  const missing = { ...tools, python: () => Promise.resolve(undefined), bubblewrap: () => Promise.resolve(undefined) };

  test("without python3, Python is refused and JavaScript runs", async () => {
    const executor = executorOver("no-python", { tools: missing });
    expect(await endBy(executor, py("pass"))).toMatchObject({ kind: "failed", code: "interpreter-missing" });
    expect(await endBy(executor, js(""))).toEqual({ kind: "exited", exitCode: 0 });
  });

  test("without bubblewrap, a node that requires it runs no script; one that does not says what is missing", async () => {
    expect(await endBy(executorOver("required", { tools: missing, sandbox: "required" }), js(""))).toMatchObject({
      kind: "failed",
      code: "sandbox-unavailable",
    });
    const { by, notes } = await executorOver("no-bubblewrap", { tools: missing }).abilities();
    expect(by).toMatch(/no sandbox$/);
    expect(notes.join(" ")).toMatch(/not cut off from the network.*no working python3/);
  });
});
