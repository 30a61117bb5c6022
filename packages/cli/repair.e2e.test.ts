// Repairing runs from the command line: real processes, a real server, a real service that fails until it is mended.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OwnServer, runCommand } from "./testing.ts";

const server = new OwnServer("repair", "--log", "warning");
const { baton: on, folder } = server;
let whole = false;
const calls: string[] = [];
const service = createServer((request, response) => {
  calls.push(request.url ?? "");
  response.writeHead(whole || request.url !== "/shaky" ? 200 : 503, { "content-type": "application/json" }).end('"served"');
});

beforeAll(async () => {
  await new Promise<void>((listening) => void service.listen(0, "127.0.0.1", listening));
  await server.start();
});
afterAll(async () => {
  await server.remove();
  service.close();
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

test("a run begins where another one stood, with another input and another definition; what is not there is told", async () => {
  whole = true;
  const steps = ["first: call:/steady", "second: { set: '${ { got: . } }' }", "third: { wait: PT1H }"];
  await apply("forked", steps);
  const id = (await on("start", "forked")).out.trim();
  const mended = await apply(
    "forked",
    ["zero: call:/never", steps[0] ?? "", steps[1] ?? "", "last: { set: { mended: '${ .got }' } }"],
    "1.1.0",
  );
  calls.length = 0;
  const forked = await on("run", "fork", id, "--from", "second", "-i", '"given"', "--flow", mended, "--wait");
  expect({ code: forked.code, output: JSON.parse(forked.out) as unknown }).toEqual({ code: 0, output: { mended: "given" } });
  expect(calls).toEqual([]);
  const forkId = await latest("forked");
  expect((await on("run", "get", forkId)).out).toContain(`forked from ${id} before its step 2`);
  expect((await on("run", "get", id)).out).toContain(`forks: ${forkId}`);
  expect((await on("run", "list", "--filter", `forkedFrom = ${id}`, "-o", "ids")).out).toBe(`${forkId}\n`);
  const unknown = await on("run", "fork", id, "--from", "secnd");
  expect(unknown.code).toBe(4);
  expect(unknown.err).toContain("Did you mean `second`? It has come to: first, second, third.");
});

test("live runs go on with another version, when the check says that nothing is lost", async () => {
  await apply("moving", ["pause: { wait: PT1H }", "done: { set: { version: 1 } }"]);
  await apply("moving", ["more: { set: { a: 1 } }", "pause: { wait: PT1H }", "done: { set: { version: 2 } }"], "1.1.0");
  await apply("moving", ["other: { wait: PT1H }"], "2.0.0");
  const start = async (): Promise<string> => (await on("start", "moving@1.0.0")).out.trim();
  const ids = [await start(), await start()];
  const check = await on("run", "migrate", ...ids, "--to", "2.0.0", "--check", "-o", "json");
  expect(check.code).toBe(1);
  expect(JSON.parse(check.out)).toMatchObject(
    ids.map((runId) => ({ runId, migrated: false, problems: ["step 1 (/do/0/pause) is under way, and is not there"] })),
  );
  const refused = await on("run", "migrate", ids[0] ?? "", "--to", "2.0.0");
  expect(refused.code).toBe(6);
  expect(refused.err).toContain("is under way, and is not there");
  expect((await on("run", "migrate", ...ids, "--to", "1.1.0", "--check")).code).toBe(0);
  expect(await on("run", "migrate", ...ids, "--to", "1.1.0")).toMatchObject({
    code: 0,
    err: ids.map((id) => `${id} migrated from 1.0.0 to 1.1.0\n`).join(""),
  });
  await server.kill();
  await server.start();
  expect((await on("run", "get", ids[0] ?? "")).out).toContain("was moving 1.0.0 before");
  expect(JSON.parse((await on("run", "get", ids[1] ?? "", "-o", "json")).out)).toMatchObject({
    status: "waiting",
    workflow: { version: "1.1.0" },
    steps: [{ name: "pause", reference: "/do/1/pause", status: "waiting" }],
  });
});

test("what is done to many runs goes on after the server was killed", async () => {
  await apply("many", ["pause: { wait: PT1H }"]);
  const started = await Promise.all(Array.from({ length: 12 }, () => on("start", "many")));
  expect(started.every(({ code }) => code === 0)).toBe(true);
  const begun = await on("run", "suspend", "--filter", "flow = many", "--rate", "4");
  const id = begun.out.trim();
  expect(begun.err).toContain("12 runs fit");
  const suspended = async (): Promise<number> =>
    (await on("run", "list", "--filter", "flow = many AND status = suspended", "-o", "ids")).out.split("\n").length - 1;
  await expect.poll(suspended, { interval: 50 }).toBeGreaterThan(0);
  await server.kill();
  await server.start();
  const get = async (): Promise<unknown> => JSON.parse((await on("operation", "get", id, "-o", "json")).out);
  await expect.poll(get, { interval: 100 }).toMatchObject({ status: "completed", total: 12, done: 12, refused: 0 });
  expect(await suspended()).toBe(12);
  expect((await on("operation", "list", "-o", "ids")).out.split("\n")).toContain(id);
  expect((await on("operation", "stop", id)).code).toBe(6);
  const cancelled = await on("run", "cancel", "--filter", "flow = many", "--wait", "-o", "json");
  expect({ code: cancelled.code, operation: JSON.parse(cancelled.out) as unknown }).toMatchObject({
    code: 0,
    operation: { action: "cancel", status: "completed", done: 12 },
  });
});

test("a check of many says which could not be migrated, and mistakes are told before anything begins", async () => {
  await apply("checked", ["pause: { wait: PT1H }"]);
  await apply("checked", ["other: { wait: PT1H }"], "2.0.0");
  const run = (await on("start", "checked@1.0.0")).out.trim();
  const check = await on("run", "migrate", "--filter", "flow = checked", "--to", "2.0.0", "--check", "--wait");
  expect(check.code).toBe(1);
  expect(check.err).toContain(`${run}: step 1 (/do/0/pause) is under way, and is not there`);
  expect((await on("run", "cancel")).code).toBe(2);
  expect((await on("run", "cancel", run, "--filter", "flow = checked")).code).toBe(2);
  expect((await on("run", "cancel", "--filter", "flwo = checked")).err).toContain("^^^^");
  expect((await on("run", "cancel", "--filter", "flow = checked", "--rate", "0")).code).toBe(2);
  const refused = await on("run", "cancel", "--filter", "flow = checked", "--rate", "5000");
  expect(refused.err).toContain("at most 1000");
  expect((await on("operation", "get", "op_none")).code).toBe(4);
});

test("an archived run is read by all the definitions that it had", async () => {
  await apply("archived", ["first: { set: { a: 1 } }", "second: { wait: PT1H }"]);
  const id = (await on("start", "archived")).out.trim();
  const file = join(folder, "brief.yaml");
  const document = "document: { dsl: 1.0.3, namespace: default, name: archived, version: 2.0.0, metadata: { baton: { retention: PT0S } } }";
  writeFileSync(file, `${document}\ndo:\n  - zero: { set: { z: 0 } }\n  - first: { set: { a: 1 } }\n  - second: { set: { b: 2 } }\n`);
  const forked = await on("run", "fork", id, "--from", "second", "--flow", file, "--wait", "-o", "json");
  const run = JSON.parse(forked.out) as { readonly id: string };
  await server.kill();
  await server.start();
  await expect.poll(async () => (await on("run", "get", run.id)).code).toBe(4);
  const shown = await runCommand(["archive", "show", join(server.data, "archive"), run.id, "-o", "json"]);
  expect(JSON.parse(shown.out)).toEqual(run);
  expect(run).toMatchObject({ former: [{ version: "1.0.0" }], steps: [{ reference: "/do/0/first" }, { reference: "/do/2/second" }] });
});
