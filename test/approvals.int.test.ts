// The approval of the guide, with a whole server: asked, found, answered, over a restart.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { RunView } from "@baton/api";
import { flow, startTestServer, type TestServer } from "../packages/server/testing/harness.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-approvals-"));
let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const guide = readFileSync(new URL("../docs/guide/approvals.md", import.meta.url), "utf8");
const release = /```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? "";

async function up(): Promise<TestServer> {
  await server?.close();
  return (server = await startTestServer({ dataDir: folder }));
}

test("an approval waits over a restart, is found with its form, and goes on with the answer", async () => {
  const first = await up();
  await first.client.applyFlow(release);
  const { id } = await first.client.startRun({ name: "release" }, { order: 7 });
  const { client } = await up();
  const [found, ...more] = (await client.listApprovals()).items;
  expect(more).toEqual([]);
  expect(found).toMatchObject({ id: `${id}.1`, runId: id, step: 1, name: "ask", title: "Release this order?", role: "manager" });
  expect(Date.parse(found?.until ?? "") - Date.parse(found?.since ?? "")).toBe(2 * 86_400_000);
  expect(await client.getApproval(id)).toMatchObject({ id: `${id}.1`, input: { order: 7 }, form: { required: ["limit"] } });
  expect((await client.listRuns({ filter: "reason = waiting.approval" })).items).toMatchObject([{ id, status: "waiting" }]);
  expect(await client.getDiagnosis(id)).toMatchObject({ findings: [], waits: [{ for: "approval" }] });

  const wrong = client.approve(id, { by: "ada", form: { limit: 0 } });
  await expect(wrong).rejects.toMatchObject({ code: "approval-invalid", problem: { status: 422, errors: [{ pointer: "/form/limit" }] } });
  await expect(client.approve(id, { by: "ada" })).rejects.toMatchObject({ code: "approval-invalid" });
  await expect(client.approve(id, { by: " ", form: { limit: 5 } })).rejects.toMatchObject({ code: "approval-invalid" });
  await client.commandRun(id, "suspend");
  await expect(client.approve(id, { by: "ada", form: { limit: 5 } })).rejects.toMatchObject({ code: "approval-suspended" });
  await client.commandRun(id, "resume");

  const answered = await Promise.allSettled(["ada", "grace"].map((by) => client.approve(id, { by, form: { limit: 5 } })));
  const taken = answered.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  expect(taken).toHaveLength(1);
  expect(taken[0] as RunView).toMatchObject({ status: "completed", output: { shipped: true, limit: 5 } });
  await expect(client.reject(id, { by: "grace" })).rejects.toMatchObject({ code: "approval-unknown", problem: { status: 404 } });
  expect((await client.listApprovals()).items).toEqual([]);
});

test("a rejection is an answer that the flow decides about", async () => {
  const { client } = await up();
  await client.applyFlow(release);
  const { id } = await client.startRun({ name: "release" }, {});
  const run = await client.reject(`${id}.1`, { by: "grace", reason: "no stock" });
  expect(run).toMatchObject({ status: "faulted", error: { status: 403, detail: "no stock" } });
});

test("a run that waits for several is asked by step, found while other steps go on, and listed page by page", async () => {
  const { client } = await up();
  const ask = (name: string): string =>
    `{ ${name}: { listen: { to: { one: { with: { type: t } } } }, metadata: { baton: { approval: { role: ${name} } } } } }`;
  const sleep = "{ sleep: { run: { shell: { command: 'exec sleep 60' } } } }";
  await client.applyFlow(flow("both", `  - both: { fork: { branches: [${ask("legal")}, ${ask("sales")}, ${sleep}] } }`));
  const runs = [await client.startRun({ name: "both" }, {}), await client.startRun({ name: "both" }, {})];
  const first = await client.listApprovals({ pageSize: 1 });
  expect(first.items.map(({ role }) => role)).toEqual(["legal", "sales"]);
  const second = await client.listApprovals({ pageSize: 1, ...(first.nextPageToken !== null && { pageToken: first.nextPageToken }) });
  expect(new Set([...first.items, ...second.items].map(({ runId }) => runId))).toEqual(new Set(runs.map(({ id }) => id)));
  const [one, other] = first.items;
  await expect(client.approve(one?.runId ?? "", { by: "ada" })).rejects.toMatchObject({ code: "approval-ambiguous" });
  await client.approve(one?.id ?? "", { by: "ada" });
  expect((await client.getApproval(one?.runId ?? "")).id).toBe(other?.id);
  for (const { id } of runs) await client.commandRun(id, "cancel");
  await expect(client.approve(other?.id ?? "", { by: "ada" })).rejects.toMatchObject({ code: "approval-unknown" });
});
