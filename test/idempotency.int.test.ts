// Idempotency keys with a whole server: what a service over HTTP is told, and what starts of the same order come to.
import { afterEach, expect, test } from "vitest";
import { maxWaitMs } from "../packages/api/index.ts";
import { Servers } from "../packages/executors/testing/servers.ts";
import { startTestServer, type TestServer } from "../packages/server/testing/harness.ts";

const stands = new Servers();
let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  stands.stop();
});

test("a charge is repeated under the order's key, and an order that is started twice is one run", async () => {
  const keys: (string | undefined)[] = [];
  const payments = await stands.answering(({ headers }, response) => {
    keys.push(headers["idempotency-key"] as string | undefined);
    response.writeHead(keys.length < 3 ? 503 : 200, { "content-type": "application/json" }).end("{}");
  });
  server = await startTestServer();
  const { client } = server;
  await client.applyFlow(`
document: { dsl: '1.0.3', namespace: default, name: order, version: '1.0.0', metadata: { baton: { idempotencyKey: '\${ .order.id }' } } }
do:
  - try:
      try:
        - charge:
            call: http
            with: { method: post, endpoint: ${payments}/charges }
            metadata: { baton: { idempotencyKey: '\${ .order.id }-charge' } }
      catch: { retry: { delay: PT0S, limit: { attempt: { count: 5 } } } }
`);
  const start = () => client.startRun({ namespace: "default", name: "order" }, { order: { id: "o-7" } }, { waitMs: maxWaitMs });
  const first = await start();
  expect(first.status).toBe("completed");
  expect(keys).toEqual(["o-7-charge", "o-7-charge", "o-7-charge"]);
  expect((await start()).id).toBe(first.id);
  expect(keys).toHaveLength(3);
  await expect(client.startRun({ namespace: "default", name: "order" }, { order: {} })).rejects.toMatchObject({
    code: "start-key-invalid",
  });
});
