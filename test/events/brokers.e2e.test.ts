// Events from a broker and to it, through a server that is killed again and again: each is acknowledged only once it is stored, takes
// effect once, and what flows publish reaches the broker although that refuses it now and then.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { BrokerReport } from "./broker.ts";
import type { Reached } from "./victim.ts";

type Child = ChildProcessByStdio<Writable, Readable, null>;

const orders = 300;
/** Each life of the server ends with a kill when so many orders are handled. */
const kills = [20, 60, 110, 160, 230];

function start(program: string, ...given: readonly string[]): Child {
  const file = fileURLToPath(new URL(program, import.meta.url));
  return spawn(process.execPath, [file, ...given], { stdio: ["pipe", "pipe", "inherit"] });
}

/** Reads what a server tells until it has reached that. */
async function until(server: Child, isEnough: (reached: Reached) => boolean): Promise<Reached> {
  for await (const line of createInterface({ input: server.stdout })) {
    const reached = JSON.parse(line) as Reached;
    if (isEnough(reached)) return reached;
  }
  throw new Error("The server has ended by itself.");
}

async function killed(server: Child): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, "exit");
  server.kill("SIGKILL");
  await exit;
}

async function report(broker: string): Promise<BrokerReport> {
  return (await (await fetch(`${broker}/report`)).json()) as BrokerReport;
}

test("a server that is killed again and again loses no event and doubles none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-events-"));
  const broker = start("broker.ts", String(orders));
  let server: Child | undefined;
  try {
    const [address] = (await once(createInterface({ input: broker.stdout }), "line")) as [string];
    for (const handled of kills) {
      server = start("victim.ts", folder, address, String(orders));
      await until(server, (reached) => reached.handled >= handled);
      await killed(server);
    }
    server = start("victim.ts", folder, address, String(orders));
    const reached = await until(server, ({ handled, collected }) => handled >= orders && collected !== null);
    await expect.poll(async () => new Set((await report(address)).published).size).toBe(orders);
    expect(reached.handled).toBe(orders);
    expect([...(reached.collected ?? [])].sort((a, b) => a - b)).toEqual(Array.from({ length: orders }, (_, n) => n));
    await expect.poll(async () => (await report(address)).left).toBe(0);
    const { handedOut, refused } = await report(address);
    expect(handedOut).toBeGreaterThanOrEqual(orders);
    expect(refused).toBeGreaterThan(0);
  } finally {
    if (server) await killed(server);
    await killed(broker);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
