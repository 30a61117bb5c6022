// A node for tests that is killed again and again: it has a list of orders, and goes on where the one before it stopped. What it
// knows for certain is in a ledger: one line for each result, before the job is released.
// usage: restless-node.ts STATE_FOLDER LEDGER COUNT SHELL_TEXT
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { JobHandle } from "../../port.ts";
import { createProcessExecutor } from "../process-executor.ts";
import { LauncherLink } from "../launcher-link.ts";

const [stateFolder = "", ledger = "", count = "0", text = ""] = process.argv.slice(2);
const atATime = 8;
const executor = createProcessExecutor(new LauncherLink({ stateFolder }));

function settled(): ReadonlySet<string> {
  const lines = existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n") : [];
  return new Set(lines.map((line) => line.split(" ")[0] ?? ""));
}

async function settle(job: JobHandle): Promise<void> {
  const { end } = await job.result;
  const outcome = end.kind === "exited" ? `exited-${end.exitCode}` : end.kind === "failed" ? end.code : end.signal;
  appendFileSync(ledger, `${job.allocation} ${outcome}\n`);
  await job.release();
}

const adopted = await executor.adopt();
const known = new Set([...settled(), ...adopted.map(({ allocation }) => allocation)]);
const orders = Array.from({ length: Number(count) }, (_, i) => `job-${i}`).filter((allocation) => !known.has(allocation));

async function work(): Promise<void> {
  for (let allocation = orders.shift(); allocation !== undefined; allocation = orders.shift()) {
    const code = Number(allocation.slice("job-".length)) % 100;
    const program = { kind: "process", command: "sh", args: ["-c", text, "sh", String(code)] } as const;
    await settle(await executor.start({ allocation, token: 1, program, env: {}, limits: { pids: 20 } }));
  }
}

await Promise.all([...adopted.map(settle), ...Array.from({ length: atATime }, work)]);
await executor.close();
