// Deployments on scripted nodes: what the audit log and the counters tell of them.
import { expect, test } from "vitest";
import type { JsonObject } from "@baton/core";
import { DeploymentsWorld } from "../testing/deployments-world.ts";

const web = (version: string, more: JsonObject = {}): JsonObject => ({
  kind: "deployment",
  name: "web",
  job: { command: ["serve"], environment: { VERSION: version }, resources: { cpu: 0 } },
  policy: { name: "cluster", replicas: 2 },
  ...more,
});

test("the log tells a deployment's whole course: created, crashed, exchanged, scaled, deleted", async () => {
  const world = new DeploymentsWorld();
  await world.apply(web("a"));
  expect(await world.log()).toEqual([
    "deployment.created",
    "rollout.started version=1 from=0",
    "replica.started replica=1 version=1",
    "replica.started replica=2 version=1",
    "replica.ready replica=1 version=1",
    "rollout.step version=1 updated=1 desired=2",
    "replica.ready replica=2 version=1",
    "rollout.completed version=1 updated=2 desired=2",
  ]);
  const before = (await world.log()).length;
  await world.crash("a");
  await world.pass(1_000);
  expect((await world.log()).slice(before)).toEqual([
    "replica.ended replica=1 version=1 cause=ended",
    "replica.started replica=1 version=1",
    "replica.ready replica=1 version=1",
  ]);
  await world.apply(web("b", { policy: { name: "hybrid", base: 1, max: 3 } }));
  await world.pass(30_000, 1_000);
  expect(world.running).toEqual(["b"]);
  await world.deployments.scale("web", 2, { actor: "autoscaler x", why: "so many calls" });
  await world.work();
  await world.deployments.delete("web");
  await world.work();
  const log = await world.log();
  expect(log).toContain("deployment.scaled from=1 to=2");
  expect(log.filter((entry) => entry.startsWith("deployment."))).toEqual([
    "deployment.created",
    "deployment.changed",
    "deployment.scaled from=1 to=2",
    "deployment.delete-asked",
    "deployment.deleted",
  ]);
  const [scaled] = await world.world.jobs.audit.list({ limit: 1, action: "deployment.scaled" });
  expect(scaled?.entry).toMatchObject({ actor: "autoscaler x", subject: "web", detail: { why: "so many calls" } });
  expect(world.deployments.meters.read()).toEqual([]);
});

test("what the log tells is counted, each replica's end with its cause", async () => {
  const world = new DeploymentsWorld();
  await world.apply(web("a", { port: 80, policy: "single", health: { http: "/a", interval: "1s", failures: 2 } }));
  await world.crash("a");
  await world.pass(2_000);
  world.mute.add("a");
  await world.pass(4_000);
  world.mute.delete("a");
  await world.pass(4_000);
  const counts = new Map(world.deployments.meters.read().map(({ action, cause, count }) => [`${action} ${cause}`.trim(), count]));
  expect(Object.fromEntries(counts)).toMatchObject({
    "replica.started": 3,
    "replica.ended ended": 1,
    "replica.ended unhealthy": 1,
    "replica.unhealthy": 1,
    "rollout.completed": 1,
  });
  const [unhealthy] = await world.world.jobs.audit.list({ limit: 1, action: "replica.unhealthy" });
  expect(unhealthy?.entry.detail).toMatchObject({ replica: 1, why: "/a answered 500" });
  const [ended] = await world.world.jobs.audit.list({ limit: 1, action: "replica.ended" });
  expect(ended?.entry.detail).toMatchObject({ cause: "unhealthy", crashes: 2 });
});
