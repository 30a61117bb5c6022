// Two versions of a flow side by side, with the runs that are under way.
import { afterAll, beforeAll, expect, test } from "vitest";
import { flow, startTestServer, type TestServer } from "./testing/harness.ts";
import { schemaProblems } from "./testing/schema-check.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const waits = (...names: readonly string[]): string => names.map((name) => `  - ${name}: { wait: PT1H }`).join("\n");
const choosing = (first: string, second: string): string =>
  `  - which: { switch: [one: { when: .one, then: ${first} }, other: { then: ${second} }] }\n${waits(first, second)}`;

test("a comparison tells what differs and which live runs could go on", async () => {
  await server.client.applyFlow(flow("compared", choosing("early", "late")));
  await server.client.applyFlow(flow("compared", choosing("early", "later"), { version: "2.0.0" }));
  const safe = await server.client.startRun({ name: "compared", version: "1.0.0" }, { one: true });
  const lost = await server.client.startRun({ name: "compared", version: "1.0.0" }, { one: false });
  const ended = await server.client.startRun({ name: "compared", version: "1.0.0" }, { one: false });
  await server.client.commandRun(ended.id, "cancel");
  const diff = await server.client.diffFlow({ name: "compared", version: "1.0.0" }, "2.0.0");
  expect(diff).toEqual({
    from: { namespace: "default", name: "compared", version: "1.0.0" },
    to: { namespace: "default", name: "compared", version: "2.0.0" },
    steps: [
      { change: "removed", step: "late", kind: "wait" },
      { change: "added", step: "later", kind: "wait" },
      { change: "changed", step: "which", kind: "switch", keys: ["switch"] },
    ],
    sections: [],
    obstacles: [{ step: "late", why: "it is not there any more" }],
    runs: { checked: 2, safe: 1, unsafe: [{ id: lost.id, problems: ["step 2 (/do/2/late) is under way, and is not there"] }], more: false },
  });
  expect(schemaProblems(JSON.parse(JSON.stringify(diff)) as never, "FlowDiff")).toEqual([]);
  expect(await server.client.migrateRun(safe.id, { version: "2.0.0" })).toMatchObject({ migrated: true });
  const { json } = await server.send({ path: "/v1/flows/compared/versions/1.0.0/diff" });
  expect(json).toMatchObject({ to: { version: "2.0.0" }, runs: { checked: 1, safe: 0 } });
});

test("a version that is not there is told", async () => {
  await expect(server.client.diffFlow({ name: "compared", version: "1.0.0" }, "9.0.0")).rejects.toMatchObject({ code: "flow-unknown" });
  await expect(server.client.diffFlow({ name: "nobody", version: "1.0.0" }, "2.0.0")).rejects.toMatchObject({ code: "flow-unknown" });
});
