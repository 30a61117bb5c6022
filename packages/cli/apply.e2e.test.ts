// `baton apply` of a file with objects of many kinds: all or nothing, and what was refused by its line. The policy of a queue
// that is changed while jobs wait is obeyed by them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Queue } from "@baton/api";
import { OwnServer } from "./testing.ts";

const server = new OwnServer("apply", "--stop-jobs");
const { baton, folder } = server;
beforeAll(() => server.start());
afterAll(() => server.remove());

function file(name: string, ...documents: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, documents.join("\n---\n"));
  return path;
}

const tenant = "kind: tenant\nname: shop\nlimit: { licence: 3, memory: 512Mi }";
const resource = "kind: resource\nname: licence";
const queue = "kind: queue\nname: shop-a\nparent: shop";
const deployment = "kind: deployment\nname: till\njob: { command: [sleep, '1000'], resources: { cpu: 0 }, tenant: shop }";
const flow = (value: number): string =>
  `document: { dsl: '1.0.3', namespace: default, name: hi, version: '1.0.0' }\ndo:\n  - greet: { set: { x: ${value} } }`;

async function queues(): Promise<readonly string[]> {
  return (JSON.parse((await baton("queue", "list", "-o", "json")).out) as readonly Queue[]).map(({ name }) => name);
}

test("a file is checked as a whole, and nothing of it is applied where anything is wrong", async () => {
  const wrong = file(
    "wrong.yaml",
    tenant.replace("licence", "licences"),
    queue.replace("parent: shop", "parent: shp"),
    "kind: polcy",
    flow(1),
  );
  const refused = await baton("apply", "-f", wrong);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toMatch(/wrong\.yaml:3:\d+: no node offers licences/);
  expect(refused.err).toMatch(/wrong\.yaml:9:1: kind must be one of .*did you mean policy/);
  expect((await baton("apply", "-f", file("tree.yaml", tenant, resource, queue.replace(/shop$/, "shp")))).err).toMatch(
    /there is no queue shp; did you mean shop\?\n {2}where: .*tree\.yaml:10:1\n/,
  );
  expect(await queues()).toEqual(["default"]);

  const all = file("all.yaml", deployment, tenant, queue, flow(1), resource);
  const dry = await baton("apply", "--dry-run", "-f", all);
  expect(dry).toMatchObject({ code: 0, err: expect.stringContaining("tenant shop would be created\n") as string });
  expect(await queues()).toEqual(["default"]);

  expect((await baton("apply", "-f", all)).err).toBe(
    "tenant shop created\nqueue shop-a created\nresource licence created\ndeployment till created\ndefault/hi 1.0.0 registered\n",
  );
  expect((await baton("apply", "-f", all, "-o", "ids")).out).toBe("shop\nshop-a\nlicence\ntill\ndefault/hi 1.0.0\n");
  expect(await queues()).toEqual(["default", "shop", "shop-a"]);

  const taken = await baton("apply", "-f", file("taken.yaml", tenant.replace("512Mi", "1Gi"), flow(2)));
  expect(taken).toMatchObject({ code: 6, err: expect.stringMatching(/^nothing was applied\n[\s\S]*flow-version-taken/) as string });
  expect(JSON.parse((await baton("tenant", "describe", "shop", "-o", "json")).out)).toMatchObject({ limit: { memory: 512 * 2 ** 20 } });

  await expect.poll(async () => (await baton("job", "list", "--queue", "shop-a", "-o", "ids")).out).toMatch(/^job_\w+\n$/);
  expect((await baton("queue", "delete", "shop-a")).err).toContain("1 job is in it");
  expect((await baton("tenant", "delete", "shop")).err).toContain("It has 1 queue below it, and 1 job in them: shop-a.");
  expect((await baton("tenant", "delete", "shpo")).err).toContain("Did you mean shop?");
});

test("another order of a queue is obeyed at once by what waits in it", async () => {
  const line = "kind: queue\nname: line\nmaxRunning: 1\norder: ";
  expect((await baton("apply", "-f", file("line.yaml", `${line}fcfs`))).code).toBe(0);
  const submit = async (expected: string, ...command: string[]): Promise<string> =>
    (await baton("submit", "--queue", "line", "--cpu", "0", "--expected", expected, "--", ...command)).out.trim();
  const first = await submit("1h", "sleep", "1000");
  const [long, short] = [await submit("1h", "true"), await submit("1s", "true")];
  const rank = async (): Promise<unknown> => JSON.parse((await baton("explain", short, "-o", "json")).out);
  expect(await rank()).toMatchObject({ rank: 2 });
  expect((await baton("apply", "-f", file("line.yaml", `${line}sjf`))).err).toBe("queue line changed\n");
  expect(await rank()).toMatchObject({ rank: 1 });
  expect((await baton("apply", "-f", file("line.yaml", `${line.replace("1", "3")}sjf`))).code).toBe(0);
  expect((await baton("job", "wait", long, short, "--timeout", "5m")).code).toBe(0);
  expect((await baton("job", "cancel", first)).code).toBe(0);
});
