// What happens to nodes is noted with who asked for it, and counted; who is not let in cannot fill the log.
import { expect, test } from "vitest";
import { formatInstant } from "@baton/core";
import { AskerScope } from "../asker.ts";
import { runtimeError } from "../errors.ts";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";
import { settle } from "../testing/manual-clock.ts";
import { nodeTimes } from "./limits.ts";

const key = "k".repeat(40);
const link = { send: () => undefined, cut: () => undefined };
const request = { hello: { id: "a", key, capacity: { cpu: 1_000 }, holds: [] }, functions: [] };

async function told(world: JobsWorld, subject: string): Promise<readonly unknown[]> {
  await settle();
  const found = await world.jobs.audit.list({ subject, limit: 100 });
  return found.map(({ entry: { actor, action, detail, from } }) => [actor, action, detail, from?.address]).reverse();
}

test("a node's course is told from its token to its removal", async () => {
  const world = new JobsWorld();
  const scope = new AskerScope({ address: "10.0.0.7", program: "baton node join" });
  const { token } = await scope.run(() => world.jobs.nodeTokens.create(60_000, "lab"));
  const session = await scope.run(() => world.jobs.admit(request, { kind: "joining", token: token.id }, link));
  session.close();
  await world.clock.pass(nodeTimes.leaseMs + 2_000);
  await world.jobs.nodeDesk.remove("a");
  await scope.run(() => world.jobs.nodeTokens.delete(token.id));
  expect(await told(world, token.id)).toEqual([
    ["api", "node-token.created", { expiresAt: formatInstant(token.expiresAt), note: "lab" }, "10.0.0.7"],
    ["api", "node-token.deleted", {}, "10.0.0.7"],
  ]);
  expect(await told(world, "a")).toEqual([
    ["node a", "node.joined", { holds: 0, stale: 0, by: `token ${token.id}` }, "10.0.0.7"],
    ["server", "node.suspected", { why: "its link broke" }, undefined],
    ["server", "node.lost", { jobs: 0, why: "its lease is over" }, undefined],
    ["api", "node.removed", {}, undefined],
  ]);
  expect(Object.fromEntries(world.jobs.nodeEvents.counts)).toEqual({
    "token-created": 1,
    joined: 1,
    suspected: 1,
    lost: 1,
    removed: 1,
    "token-deleted": 1,
  });
});

test("a node that leaves, is heard of again, and has ended what was not its own is told so", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs, { key, holds: [{ job: "job_x", token: 3 }] });
  await node.end("job_x", 3);
  await world.clock.pass(nodeTimes.suspectMs + 2_000);
  node.session.heard();
  node.session.leave();
  expect((await told(world, "n1")).map((entry) => (entry as readonly unknown[]).slice(1, 3))).toEqual([
    ["node.joined", { holds: 1, stale: 1 }],
    ["node.trusted", { why: "it has ended what was not its own" }],
    ["node.suspected", { why: "it was not heard of" }],
    ["node.trusted", { why: "it is heard of again" }],
    ["node.left", { jobs: 0 }],
  ]);
});

test("the same refusal is counted each time, and noted once a minute", async () => {
  const world = new JobsWorld();
  const wrong = runtimeError("node-token-invalid", { where: "0badc0de" });
  const scope = new AskerScope({ address: "10.6.6.6" });
  for (let i = 0; i < 50; i++) scope.run(() => world.jobs.nodeEvents.refused(wrong, "0badc0de"));
  await world.clock.pass(60_000);
  world.jobs.nodeEvents.refused(wrong, "0badc0de");
  const why = { code: "node-token-invalid", why: wrong.message };
  expect(await told(world, "0badc0de")).toEqual([
    ["server", "node.refused", why, "10.6.6.6"],
    ["server", "node.refused", why, undefined],
  ]);
  expect([...world.jobs.nodeEvents.refusals]).toEqual([["node-token-invalid", 51]]);
});

test("a node whose clock is far off is refused, and that is told", async () => {
  const world = new JobsWorld();
  const early = { ...request, hello: { ...request.hello, clock: world.clock.now() + 3_600_000 } };
  await expect(world.jobs.admit(early, null, link)).rejects.toMatchObject({ code: "node-clock-off" });
  expect(await told(world, "a")).toEqual([
    ["server", "node.refused", { code: "node-clock-off", why: "The clock of a is 3600 s ahead; at most 300 s are taken." }, undefined],
  ]);
});

test("what happens later, by timers that were set on the way, nobody asked for", async () => {
  const world = new JobsWorld();
  const scope = new AskerScope({ address: "10.0.0.7" });
  const later = scope.run(() => new Promise<void>((resolve) => world.clock.after(1_000, resolve)).then(() => world.submitOne()));
  scope.end();
  await world.clock.pass(1_000);
  expect(await told(world, await later)).toEqual([["api", "job.submitted", { queue: "default", graph: null }, undefined]]);
});
