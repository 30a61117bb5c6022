// Autoscalers while their store is slow: what is stored last is what was said last.
import { seededRandom } from "@baton/core";
import { expect, test } from "vitest";
import { DeploymentsWorld } from "../testing/deployments-world.ts";
import { tenant } from "../testing/jobs-world.ts";
import { settle } from "../testing/manual-clock.ts";
import { Autoscalers } from "./autoscalers.ts";
import type { AutoscalerSpec } from "./spec.ts";

const spec: AutoscalerSpec = {
  name: "crawl",
  target: { kind: "kubernetes", cluster: null, namespace: null, name: "crawler" },
  metrics: [{ kind: "pending", queue: "default", target: 1 }],
  min: 1,
  max: 10,
  tolerance: 0,
  upWindowMs: 0,
  downWindowMs: 0,
  intervalMs: 1_000,
  dryRun: false,
};

/** One autoscaler of a workload that has one replica, and four jobs of which one has room. */
class World extends DeploymentsWorld {
  replicas = 1;
  readonly autoscalers = new Autoscalers({
    jobs: this.world.jobs,
    store: this.world.troubled.store,
    clock: this.world.clock,
    log: (record) => void this.world.logged.push(record),
    deployments: this.deployments,
    clusters: {
      read: () => Promise.resolve(this.replicas),
      write: (_, { to }) => Promise.resolve(void (this.replicas = to)),
    },
    sender: { send: () => Promise.reject(new Error("Nothing is sent here.")), close: () => Promise.resolve() },
    secrets: { read: () => undefined },
    tenant,
    now: () => this.world.clock.now(),
    random: seededRandom(3),
  });

  /** Until the count that it has asked for waits behind a batch that the store holds back. */
  async scaleWhileHeld(): Promise<void> {
    await this.autoscalers.apply([spec]);
    await settle();
    this.world.troubled.set("hold");
    for (let i = 0; i < 4; i++) void this.world.submitOne({ command: ["true"], resources: { cpu: 100 } });
    await settle();
    await this.world.clock.pass(1_000);
    await settle();
    expect(this.replicas).toBe(3);
  }

  async stored(): Promise<readonly unknown[]> {
    const rows = await this.world.inner.listObjects(tenant, "autoscaler");
    return rows.map((row) => JSON.parse(row.spec) as unknown);
  }
}

test("one that is changed while its count is being stored is found changed by the next start, with its count", async () => {
  const world = new World();
  await world.scaleWhileHeld();
  const applied = world.autoscalers.apply([{ ...spec, max: 5 }]);
  await settle();
  world.world.troubled.set("none");
  await applied;
  await settle();
  expect(await world.stored()).toMatchObject([{ spec: { max: 5 }, asked: 3 }]);
  world.autoscalers.close();
});

test("one that is deleted while its count is being stored is gone at the next start", async () => {
  const world = new World();
  await world.scaleWhileHeld();
  const deleted = world.autoscalers.delete("crawl");
  await settle();
  world.world.troubled.set("none");
  await deleted;
  await settle();
  expect(await world.stored()).toEqual([]);
});
