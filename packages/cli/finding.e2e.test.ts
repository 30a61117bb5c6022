// Filters, attributes, retention and the archive, as their users meet them: real processes, a real server.
import { readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OwnServer, runCommand } from "./testing.ts";

const server = new OwnServer("finding", "--retention", "faulted=P30D");
const { baton: on, data, folder } = server;
beforeAll(() => server.start());
afterAll(() => server.remove());

function flow(name: string, baton: string, tasks: string): string {
  const file = join(folder, `${name}.yaml`);
  const head = `dsl: '1.0.3'\n  namespace: default\n  name: ${name}\n  version: '1.0.0'\n  tags: { team: billing }`;
  writeFileSync(file, `document:\n  ${head}\n  metadata: { baton: ${baton} }\ndo:\n${tasks}`);
  return file;
}

test("runs are found by what they wait for and what their flow names; a wrong filter is marked", async () => {
  const order = flow("order", "{ attributes: { amount: '${ .amount }' } }", "  - rest: { wait: PT1H }\n");
  expect((await on("apply", "-f", order)).code).toBe(0);
  const ids: string[] = [];
  for (const amount of [50, 150]) ids.push((await on("start", "order", "-i", JSON.stringify({ amount }))).out.trim());
  const find = async (filter: string): Promise<string> =>
    (await on("run", "list", "--filter", filter, "--order-by", "startedAt", "-o", "ids")).out;
  expect(await find("attributes.amount > 100")).toBe(`${ids[1]}\n`);
  expect(await find("reason = waiting.timer AND tags.team = billing AND age < 1h")).toBe(`${ids.join("\n")}\n`);
  const wrong = await on("run", "list", "--filter", "flow = order AND statsu = waiting");
  expect(wrong).toMatchObject({ code: 2, out: "" });
  expect(wrong.err).toContain("flow = order AND statsu = waiting\n                     ^^^^^^\n");
  expect(wrong.err).toContain("did you mean status?");
  const answer = await fetch(`${server.url}/v1/runs?filter=${encodeURIComponent("status = runing")}`);
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { code: "filter-invalid", errors: [{ parameter: "filter", column: 10, suggestion: "did you mean running?" }] },
  ]);
});

test("a run whose time is over is archived before it is forgotten, and read back as it was", async () => {
  const brief = flow("brief", "{ retention: PT0S, attributes: { amount: 7 } }", "  - note: { set: { done: true } }\n");
  expect((await on("apply", "-f", brief)).code).toBe(0);
  const id = (await on("start", "brief", "--wait", "-o", "json")).out;
  const run = JSON.parse(id) as { readonly id: string };
  await server.kill();
  await server.start();
  const archive = join(data, "archive");
  let gone = await on("run", "get", run.id);
  while (gone.code !== 4) gone = await on("run", "get", run.id);
  expect(readdirSync(archive)).toEqual([expect.stringMatching(/^runs-.*\.jsonl\.gz$/)]);
  const list = JSON.parse((await runCommand(["archive", "list", archive, "-o", "json"])).out) as unknown;
  expect(list).toMatchObject([{ id: run.id, status: "completed", attributes: { amount: 7 } }]);
  const shown = JSON.parse((await runCommand(["archive", "show", archive, run.id, "-o", "json"])).out) as unknown;
  expect(shown).toEqual(run);
  expect(await runCommand(["archive", "show", archive, "run_nothing"])).toMatchObject({ code: 4 });
  const [file = ""] = readdirSync(archive);
  truncateSync(join(archive, file), 40);
  const broken = await runCommand(["archive", "list", archive]);
  expect(broken.err).toContain("archive-unreadable");
  expect(broken.code).not.toBe(0);
});

test("a wrong retention is told", async () => {
  const wrong = await runCommand(["up", "--retention", "failed=P1D"]);
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain("A status is completed, faulted or cancelled.");
});
