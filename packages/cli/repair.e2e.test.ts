// Repairing runs from the command line: real processes, a real server, a real service that fails until it is mended.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand, startUp, stop, type Ended } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-repair-"));
let whole = false;
const calls: string[] = [];
const service = createServer((request, response) => {
  calls.push(request.url ?? "");
  response.writeHead(whole || request.url !== "/shaky" ? 200 : 503, { "content-type": "application/json" }).end('"served"');
});
let server: Awaited<ReturnType<typeof startUp>>;
const on = (...args: string[]): Promise<Ended> => runCommand(["--server", server.url, ...args]);

beforeAll(async () => {
  await new Promise<void>((listening) => void service.listen(0, "127.0.0.1", listening));
  server = await startUp(["--data", join(folder, "data"), "--log", "warning"]);
});
afterAll(async () => {
  await stop(server.process);
  service.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Registers a flow of these tasks; `call:PATH` calls the service. */
async function apply(name: string, tasks: readonly string[], version = "1.0.0"): Promise<string> {
  const { port } = service.address() as AddressInfo;
  const file = join(folder, `${name}-${version}.yaml`);
  const lines = tasks.map(
    (task) => `  - ${task.replace(/call:(\S+)/, `{ call: http, with: { method: get, endpoint: "http://127.0.0.1:${port}$1" } }`)}`,
  );
  writeFileSync(file, `document: { dsl: 1.0.3, namespace: default, name: ${name}, version: ${version} }\ndo:\n${lines.join("\n")}\n`);
  expect(await on("apply", "-f", file)).toMatchObject({ code: 0 });
  return file;
}

async function latest(flow: string): Promise<string> {
  return (await on("run", "list", "--flow", flow, "--limit", "1", "-o", "ids")).out.trim();
}

async function stepsOf(id: string): Promise<string[]> {
  const { steps } = JSON.parse((await on("run", "get", id, "-o", "json")).out) as { steps: { name: string; status: string }[] };
  return steps.map(({ name, status }) => `${name} ${status}`);
}

test("a run that faulted goes on from where it failed; one that has not is left alone", async () => {
  await apply("retried", ["first: call:/steady", "second: call:/shaky", "third: call:/steady"]);
  expect((await on("start", "retried", "--wait")).code).toBe(8);
  const id = await latest("retried");
  whole = true;
  calls.length = 0;
  expect(await on("run", "retry", id)).toMatchObject({ code: 0, err: `${id} retried\n` });
  expect(await on("run", "watch", id)).toMatchObject({ code: 0, out: '"served"\n' });
  expect(calls).toEqual(["/shaky", "/steady"]);
  expect(await stepsOf(id)).toEqual(["first completed", "second faulted", "second completed", "third completed"]);
  const again = await on("run", "retry", id);
  expect(again.code).toBe(6);
  expect(again.err).toContain("The run is completed");
});
