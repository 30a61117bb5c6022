// A server that is killed while the processes of its flows run: each runs once, its step gets its output, and no run is lost.
// And a flow with processes that is run without a server.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { BatonClient, maxWaitMs } from "../packages/api/index.ts";
import { runCommand, startUp, stop } from "../packages/cli/testing.ts";
import { freePort } from "../packages/job-executors/testing/free-port.ts";
import { flow } from "../packages/server/testing/harness.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-flow-processes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const runs = 8;
const steps = 4;

test("a server that is killed with processes under way runs each once, and each step gets what its own wrote", async () => {
  const ran = join(folder, "ran");
  mkdirSync(ran);
  const data = join(folder, "data");
  const port = String(await freePort());
  let server = await startUp(["--data", data, "--port", port]);
  const client = new BatonClient({ url: server.url, reconnectMs: 20 });
  // Each process leaves a file of its own, and says its number.
  const command = `mktemp ${ran}/$1.XXXXXX > /dev/null; sleep 0.$2; printf %s "$1"`;
  const step = (i: number): string => {
    const run = `run: { shell: { command: ${JSON.stringify(command)}, arguments: ['\${ "\\(.)-${i}" }', '${i + 1}'] } }`;
    return `  - s${i}: { ${run}, export: { as: '$context + { s${i}: . }' }, output: { as: '\${ split("-")[0] | tonumber }' } }`;
  };
  const chain = Array.from({ length: steps }, (_, i) => step(i));
  await client.applyFlow(flow("chain", `  - begin: { set: '\${ .n }' }\n${chain.join("\n")}`));
  const ids = await Promise.all(Array.from({ length: runs }, async (_, n) => (await client.startRun({ name: "chain" }, { n })).id));
  for (let kill = 0; kill < 3; kill++) {
    await delay(400);
    await stop(server.process, "SIGKILL");
    server = await startUp(["--data", data, "--port", port]);
  }
  for (const [n, id] of ids.entries()) {
    const ended = await client.getRun(id, { waitMs: maxWaitMs });
    expect(ended).toMatchObject({ status: "completed", output: n });
    expect(ended.steps.filter(({ kind }) => kind === "run").map(({ status }) => status)).toEqual(Array(steps).fill("completed"));
  }
  const processes = readdirSync(ran).map((name) => name.replace(/\..*/, ""));
  expect(processes.sort()).toEqual(
    Array.from({ length: runs }, (_, n) => Array.from({ length: steps }, (__, i) => `${n}-${i}`))
      .flat()
      .sort(),
  );
  await stop(server.process);
});

test("without a server, processes run too", async () => {
  const file = join(folder, "local.yaml");
  writeFileSync(file, flow("local", "  - a: { run: { shell: { command: 'echo $1', arguments: [here] }, return: all } }"));
  const { code, out } = await runCommand(["run", file, "--local", "-o", "json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ status: "completed", output: { code: 0, stdout: "here\n", stderr: "" } });
});
