// How long a user waits for the first answer: `baton run` of a one-step flow in a process of its own, `baton up`
// until it answers, and what the server needs while it has nothing to do.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { median } from "./measure.ts";

const baton = fileURLToPath(new URL("../packages/cli/bin/baton.mjs", import.meta.url));
const repetitions = 7;
const idleMs = 2000;

const flow = `document:
  dsl: '1.0.3'
  namespace: bench
  name: one-step
  version: '1.0.0'
do:
  - greet:
      set:
        greeting: hello
`;

/** Prints the figures. */
export async function benchStart(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
  try {
    const file = join(folder, "flow.yaml");
    writeFileSync(file, flow);
    const runs = repeat(() => timed(["run", file, "--local"]));
    console.log(
      `baton run of a one-step flow, cold: median ${median(runs).toFixed(0)} ms, worst of ${repetitions} ${Math.max(...runs).toFixed(0)} ms (at most 400)`,
    );
    const lints = repeat(() => timed(["lint", file]));
    console.log(`baton lint of it: median ${median(lints).toFixed(0)} ms`);
    const starts: number[] = [];
    let idle = 0;
    for (let i = 0; i < repetitions; i++) {
      const { readyMs, idleBytes } = await up(join(folder, `data-${i}`), i === repetitions - 1);
      starts.push(readyMs);
      idle = idleBytes;
    }
    console.log(
      `baton up until it answers: median ${median(starts).toFixed(0)} ms, worst of ${repetitions} ${Math.max(...starts).toFixed(0)} ms (at most 600)`,
    );
    if (idle > 0) console.log(`its resident memory, idle: ${(idle / 2 ** 20).toFixed(0)} MiB (at most 120 MB = 114 MiB)`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function repeat(measure: () => number): number[] {
  measure();
  return Array.from({ length: repetitions }, measure);
}

function timed(args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [baton, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`baton ${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - start;
}

/** Starts a server, waits until /readyz answers, and ends it. */
async function up(data: string, measureIdle: boolean): Promise<{ readyMs: number; idleBytes: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, [baton, "up", "--data", data, "--port", "0", "--log", "error"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let printed = "";
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
      child.stdout.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        const found = /http:\/\/\S+/.exec(printed)?.[0];
        if (found) resolve(found);
      });
    });
    const response = await fetch(`${url}/readyz`);
    if (!response.ok) throw new Error(`/readyz answered ${response.status}`);
    const readyMs = performance.now() - start;
    if (!measureIdle) return { readyMs, idleBytes: 0 };
    await sleep(idleMs);
    return { readyMs, idleBytes: residentBytes(child.pid) };
  } finally {
    child.removeAllListeners("exit");
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("close", resolve));
  }
}

/** From /proc, where there is one. */
function residentBytes(pid: number | undefined): number {
  try {
    const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
