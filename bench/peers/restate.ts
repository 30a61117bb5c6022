// The engine's work on Restate: a handler of five journaled no-ops, a hundred invocations at a time, then one alone.
// One Node process serves the handler and sends the invocations; the server is Restate's own, with its defaults.
// Prints one line of JSON: { stepsPerSecond, cpuMicrosPerStep, aloneMs }; CPU counts both processes.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, existsSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as restate from "@restatedev/restate-sdk";

const steps = 5;
const atATime = 100;
const runs = 1_500;
const node = "bench";
const ticksPerSecond = 100;

const five = restate.service({
  name: "Five",
  handlers: {
    run: async (context: restate.Context, input: { n: number }): Promise<number> => {
      let { n } = input;
      for (let i = 0; i < steps; i++) n = await context.run(`step${i}`, () => n + 1);
      return n;
    },
  },
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function post(agent: Agent, socketPath: string, path: string, body: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, socketPath, path, method: "POST", headers: { "content-type": "application/json" } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        (response.statusCode ?? 500) < 300 ? resolve(text) : reject(new Error(`${path}: ${response.statusCode} ${text}`)),
      );
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

/** CPU seconds of a process, all threads (proc(5), fields 14 and 15). */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error("Restate did not come up within a minute.");
    await sleep(100);
  }
}

const folder = mkdtempSync(join(tmpdir(), "baton-restate-"));
const binary = fileURLToPath(new URL(`node_modules/@restatedev/restate-server-linux-${process.arch}/bin/restate-server`, import.meta.url));
const args = ["--no-logo", "--use-random-ports", "true", "--bind-ip", "127.0.0.1", "--base-dir", folder, "--node-name", node];
const server = spawn(binary, args, { stdio: "ignore", env: { ...process.env, RESTATE_DISABLE_TELEMETRY: "true", RUST_LOG: "error" } });
try {
  const port = await freePort();
  await restate.serve({ services: [five], port });
  const agent = new Agent({ keepAlive: true, maxSockets: atATime });
  const [ingress, admin] = ["ingress", "admin"].map((name) => join(folder, node, `${name}.sock`)) as [string, string];
  await until(async () => existsSync(ingress) && existsSync(admin));
  await until(async () => (await post(agent, admin, "/deployments", { uri: `http://127.0.0.1:${port}` })).length > 0);
  const one = async (): Promise<void> => {
    const answer = await post(agent, ingress, "/Five/run", { n: 0 });
    if (answer !== String(steps)) throw new Error(`Restate answered ${answer}.`);
  };
  await until(async () => (await one(), true));
  const load = async (): Promise<void> => {
    let next = 0;
    await Promise.all(
      Array.from({ length: atATime }, async () => {
        while (next++ < runs) await one();
      }),
    );
  };
  await load();
  const cpu = (): number => cpuOf(server.pid ?? 0) + cpuOf(process.pid);
  const [cpuBefore, before] = [cpu(), performance.now()];
  await load();
  const [cpuSeconds, seconds] = [cpu() - cpuBefore, (performance.now() - before) / 1000];
  const times: number[] = [];
  for (let i = 0; i < 100; i++) {
    const started = performance.now();
    await one();
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const count = runs * steps;
  console.log(JSON.stringify({ stepsPerSecond: count / seconds, cpuMicrosPerStep: (cpuSeconds * 1e6) / count, aloneMs: times[50] }));
} finally {
  server.kill("SIGKILL");
  await new Promise((resolve) => server.once("exit", resolve));
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
