// The saga of the guide, with a whole server and services over real HTTP.
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { maxWaitMs } from "../packages/api/index.ts";
import { Servers, type Received } from "../packages/executors/testing/servers.ts";
import { startTestServer, type TestServer } from "../packages/server/testing/harness.ts";

const stands = new Servers();
let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  stands.stop();
});

const guide = readFileSync(new URL("../docs/guide/sagas.md", import.meta.url), "utf8");
const text = /```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? "";
const input = { trip: { to: "Lisbon" }, card: { number: "4111" } };

/** The services, and what they were asked; `broken` are the requests that fail. */
async function services(broken: readonly string[]): Promise<{ readonly origin: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const origin = await stands.answering(({ line }: Received, response) => {
    asked.push(line);
    const status = broken.includes(line) ? 500 : 200;
    const id = line.includes("hotels") ? "h-1" : "f-1";
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ id }));
  });
  return { origin, asked };
}

function flowOver(origin: string): string {
  return text.replaceAll(/https:\/\/(\w+)\.example/g, `${origin}/$1`);
}

const booked = ["POST /hotels/bookings", "POST /flights/bookings", "POST /payments/charges"];
const undone = ["DELETE /flights/bookings/f-1", "DELETE /hotels/bookings/h-1"];

test("a charge that fails undoes the flight, then the hotel", async () => {
  const { origin, asked } = await services(["POST /payments/charges"]);
  server = await startTestServer();
  await server.client.applyFlow(flowOver(origin));
  const run = await server.client.startRun({ namespace: "travel", name: "book-trip" }, input, { waitMs: maxWaitMs });
  expect(run).toMatchObject({ status: "faulted", compensated: true, error: { instance: "/do/2/charge", status: 500 } });
  expect(asked).toEqual([...booked, ...undone]);
  expect(run.steps.filter(({ compensates }) => compensates !== undefined)).toMatchObject([{ compensates: 2 }, { compensates: 1 }]);
});

test("a hotel that cannot be cancelled is named, and can be found", async () => {
  const { origin, asked } = await services(["POST /payments/charges", "DELETE /hotels/bookings/h-1"]);
  server = await startTestServer();
  await server.client.applyFlow(flowOver(origin));
  const run = await server.client.startRun({ namespace: "travel", name: "book-trip" }, input, { waitMs: maxWaitMs });
  expect(run).toMatchObject({ status: "faulted", compensated: false, error: { instance: "/do/2/charge" } });
  expect(run.incident).toMatch(
    /^The compensation of step 1 failed at \/do\/0\/hotel\/metadata\/baton\/compensate\/0\/cancelHotel with status 500/,
  );
  expect(asked).toEqual([...booked, ...undone]);
  expect((await server.client.listRuns({ filter: "incident:compensation" })).items).toMatchObject([{ id: run.id }]);
});
