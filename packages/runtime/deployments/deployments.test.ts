// Deployments on scripted nodes: what the audit log and the counters tell of them.
import { expect, test } from "vitest";
import type { JsonObject } from "@baton/core";
import { DeploymentsWorld } from "../testing/deployments-world.ts";
import { tenant } from "../testing/jobs-world.ts";
import type { StoredDeployment } from "./stored.ts";

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

test("a version that does not come up stalls, the one before goes on serving over a lost node and a kill, and a rollback ends it", async () => {
  const world = new DeploymentsWorld();
  const second = world.join("n2");
  world.broken.add("bad");
  await world.apply(web("a", { policy: { name: "cluster", replicas: 3 } }));
  await world.apply(web("bad", { policy: { name: "cluster", replicas: 3 } }));
  await world.pass(10_000);
  expect(world.view()).toMatchObject({ status: "stalled", generation: 2, ready: 3, updated: 0 });
  expect(world.view().replicas.filter(({ crashLooping }) => crashLooping)).toHaveLength(1);
  expect(world.running).toEqual(["a", "a", "a"]);
  // The server dies in the midst of it, then a node with what it ran.
  await world.restart();
  expect(world.view()).toMatchObject({ status: "stalled", ready: 3 });
  await world.lose(second.id);
  await world.pass(10_000);
  expect(world.running).toEqual(["a", "a", "a"]);
  const log = await world.log();
  expect(log.filter((entry) => /^rollout\.(?!step)/.test(entry)).slice(-2)).toEqual([
    "rollout.started version=2 from=1",
    "rollout.stalled version=2 updated=0 desired=3",
  ]);
  const [stalled] = await world.world.jobs.audit.list({ limit: 1, action: "rollout.stalled" });
  expect(stalled?.entry.detail).toMatchObject({ serving: 1, why: expect.stringContaining("job-exit") as string });
  await world.deployments.rollBack("web");
  await world.work();
  expect(world.view()).toMatchObject({ status: "steady", generation: 1, versions: [{ generation: 1, stable: true }, { generation: 2 }] });
  expect(world.running).toEqual(["a", "a", "a"]);
});

test("rolled back to a version that is named: the same processes as then, and what else was changed stays", async () => {
  const world = new DeploymentsWorld();
  for (const version of ["a", "b", "c"]) {
    await world.apply(web(version));
    await world.pass(15_000);
  }
  await world.apply(web("c", { policy: { name: "cluster", replicas: 3 } }));
  await world.deployments.rollBack("web", 1);
  await world.pass(20_000);
  expect(world.running).toEqual(["a", "a", "a"]);
  await world.deployments.rollBack("web");
  await world.pass(20_000);
  expect([world.running, world.view().generation]).toEqual([["c", "c", "c"], 3]);
  // Applying what was there before is going back, too.
  await world.apply(web("b"));
  await world.pass(20_000);
  expect([world.running, world.view().generation]).toEqual([["b", "b"], 2]);
  await expect(world.deployments.rollBack("web", 9)).rejects.toMatchObject({ code: "deployment-version-unknown" });
});

test("versions are kept as far as they are needed", async () => {
  const world = new DeploymentsWorld();
  for (let version = 1; version <= 9; version++) {
    await world.apply(web(`v${version}`));
    await world.pass(15_000);
  }
  expect(world.view().versions.map(({ generation }) => generation)).toEqual([9, 8, 7, 6, 5]);
});

test("a single one makes way for its successor; a successor that does not come up is taken back", async () => {
  const world = new DeploymentsWorld();
  world.broken.add("bad");
  const single = (version: string): JsonObject => web(version, { policy: "single" });
  await world.apply(single("a"));
  await world.pass(10_000);
  await world.apply(single("bad"));
  await world.pass(10_000);
  expect([world.running, world.view().status]).toEqual([["a"], "stalled"]);
  world.broken.delete("bad");
  await world.deployments.resume("web");
  await world.pass(10_000);
  expect([world.running, world.view().status]).toEqual([["bad"], "steady"]);
});

test("without a version before, one that ends again and again is shown as a crash loop, with growing pauses", async () => {
  const world = new DeploymentsWorld();
  world.broken.add("bad");
  await world.apply(web("bad", { policy: "single" }));
  await world.pass(10_000);
  expect(world.view()).toMatchObject({ status: "failing", ready: 0, replicas: [{ phase: "waiting", crashLooping: true }] });
  const { crashes, restartsAt } = world.view().replicas[0] ?? {};
  expect([crashes, (restartsAt ?? 0) > world.world.clock.now()]).toEqual([4, true]);
  world.broken.delete("bad");
  await world.pass(10_000);
  expect(world.view()).toMatchObject({ status: "steady", replicas: [{ crashLooping: false }] });
});

test("what is deleted in the midst of a rollout goes, old and new; what is scaled to none comes back", async () => {
  const world = new DeploymentsWorld();
  const hybrid = (version: string, base: number): JsonObject => web(version, { policy: { name: "hybrid", base, max: 4 } });
  await world.apply(hybrid("a", 2));
  await world.pass(10_000);
  await world.deployments.scale("web", 3, { actor: "test", why: "" });
  await world.work();
  expect(world.running).toEqual(["a", "a", "a"]);
  // Less than the base, and more than the most, are not to be had.
  await world.deployments.scale("web", 0, { actor: "test", why: "" });
  await world.work();
  expect(world.running).toEqual(["a", "a"]);
  await world.deployments.scale("web", 9, { actor: "test", why: "" });
  await world.work();
  expect(world.running).toEqual(["a", "a", "a", "a"]);
  await world.apply(web("a", { policy: { name: "cluster", replicas: 0 } }));
  expect([world.running, world.view().status]).toEqual([[], "steady"]);
  await world.apply(web("a", { policy: { name: "cluster", replicas: 2 } }));
  expect(world.running).toEqual(["a", "a"]);
  await world.apply(web("b"));
  expect(world.running).toEqual(["a", "a", "b"]);
  await world.deployments.delete("web");
  await world.work();
  expect([world.running, world.deployments.list()]).toEqual([[], []]);
});

test("replicas of an earlier version are asked as it says, also after a restart", async () => {
  const world = new DeploymentsWorld();
  const asked = (version: string, path: string): JsonObject =>
    web(version, { port: "any", health: { http: path, interval: "1s", failures: 2 }, update: { minReady: "1s" } });
  world.mute.add("new");
  await world.apply(asked("a", "/old"));
  await world.pass(5_000);
  await world.apply(asked("b", "/new"));
  await world.restart();
  await world.pass(30_000);
  expect(world.view().ready).toBe(2);
  expect((await world.log()).filter((entry) => entry.startsWith("replica.unhealthy") && entry.includes("version=1"))).toEqual([]);
});

test("what was stored before versions were kept is taken up as it runs", async () => {
  const world = new DeploymentsWorld();
  await world.apply(web("a"));
  await world.pass(10_000);
  const { inner: store } = world.world;
  const [row] = await store.listObjects(tenant, "deployment");
  const { versions: _, spec, set, ...rest } = JSON.parse(row?.spec ?? "") as StoredDeployment;
  const { minReadyMs: _ready, stallAfter: _after, ...update } = spec.update;
  const { stable, stalled: _stalled, ...before } = set;
  const earlier = { ...rest, spec: { ...spec, update }, set: before, stable, functions: [] };
  await store.putObject({ tenant, kind: "deployment", name: "web", spec: JSON.stringify(earlier), updatedAt: 1 });
  const jobs = world.view().replicas.map(({ job }) => job);
  await world.restart();
  expect(world.view()).toMatchObject({ status: "steady", ready: 2, generation: 1 });
  expect(world.view().replicas.map(({ job }) => job)).toEqual(jobs);
  await world.apply(web("b"));
  await world.pass(30_000);
  expect(world.running).toEqual(["b", "b"]);
  await world.deployments.rollBack("web");
  await world.pass(30_000);
  expect(world.running).toEqual(["a", "a"]);
});

test("what is asked while a start takes up what there is finds it", async () => {
  const world = new DeploymentsWorld();
  await world.apply(web("a"));
  await world.pass(10_000);
  expect(world.running).toEqual(["a", "a"]);
  let applying: Promise<void> | undefined;
  await world.restart(() => {
    applying = world.apply(web("b"));
  });
  await applying;
  await world.pass(60_000);
  expect([world.running, world.view().generation]).toEqual([["b", "b"], 2]);
});
