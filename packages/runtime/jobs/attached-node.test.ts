// Nodes that this process speaks for: what they say, when they are silent, and what they do when they are not let in.
import { describe, expect, test } from "vitest";
import { NodeAgent, type JobExecutor, type JobTask, type PoolNode, type TaskListener } from "@baton/executors";
import { settle } from "../testing/manual-clock.ts";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";
import { AttachedNode } from "./attached-node.ts";
import { nodeTimes } from "./limits.ts";

const usage = { wallMs: 1 };

class World extends JobsWorld {
  readonly started: string[] = [];
  readonly stopped: string[] = [];
  readonly listeners = new Map<string, TaskListener>();

  readonly executor = (): JobExecutor => ({
    kinds: ["container"],
    adopt: () => Promise.resolve([]),
    close: () => Promise.resolve(),
    start: ({ job, token }: JobTask, listener) => {
      this.started.push(`${job} ${token}`);
      this.listeners.set(job, listener);
      const stop = (): void => {
        this.stopped.push(`${job} ${token}`);
        listener.ended({ status: "stopped", usage });
      };
      return { stop, freeze: () => Promise.resolve(false), thaw: () => undefined, forget: () => undefined };
    },
  });

  said(more: Partial<PoolNode["hello"]> = {}, isReady = true): PoolNode {
    const hello = { id: "c.n", capacity: { cpu: 2_000 }, labels: { "baton/containers": "Kubernetes" }, pool: "c", ...more };
    return { hello, isReady, load: { cpuMillis: 0, memoryBytes: 0 }, executor: this.executor };
  }

  async attach(said = this.said()): Promise<AttachedNode> {
    const log = (record: { readonly level: string; readonly message: string }): void => void this.logged.push(record as never);
    const agent = new NodeAgent({ executors: [said.executor()], now: () => this.clock.now() });
    await agent.adopt();
    return new AttachedNode({ jobs: this.jobs, clock: this.clock, log }, said, agent);
  }

  nodeStatus(): string | undefined {
    const node = this.jobs.nodes.get("c.n");
    return node && this.jobs.nodes.statusOf(node);
  }
}

const container = { container: "image", resources: { cpu: 2 } };

describe("an attached node", () => {
  test("runs jobs, and says when it is something else; its load alone is no news", async () => {
    const world = new World();
    const node = await world.attach();
    const [first, second] = [await world.submitOne(container), await world.submitOne(container)];
    expect(world.started).toEqual([`${first} 1`]);
    node.say(world.said({ capacity: { cpu: 4_000 } }));
    await settle();
    expect(world.started).toEqual([`${first} 1`, `${second} 1`]);
    world.listeners.get(first)?.ended({ status: "completed", result: { exitCode: 0 }, usage });
    await settle();
    expect(await world.statusOf(first)).toBe("completed");
    const before = world.jobs.nodes.get("c.n")?.spec;
    node.say({ ...world.said({ capacity: { cpu: 4_000 } }), load: { cpuMillis: 5, memoryBytes: 5 } });
    expect(world.jobs.nodes.get("c.n")?.spec).toBe(before);
    await world.clock.pass(nodeTimes.heartbeatMs);
    expect(world.jobs.nodes.get("c.n")?.load).toMatchObject({ cpuMillis: 5, running: 1 });
  });

  test("is silent while nobody hears of it, loses its jobs, and comes back without them", async () => {
    const world = new World();
    const node = await world.attach();
    const job = await world.submitOne(container);
    node.say(world.said({ zone: "z" }, false));
    await world.clock.pass(nodeTimes.suspectMs + 2_000);
    expect(world.nodeStatus()).toBe("suspect");
    await world.clock.pass(nodeTimes.leaseMs);
    expect([world.nodeStatus(), await world.statusOf(job)]).toEqual([undefined, "pending"]);
    node.say(world.said({ zone: "z" }));
    await world.clock.pass(2_000);
    expect(world.stopped).toEqual([`${job} 1`]);
    expect([world.nodeStatus(), world.started.at(-1), world.jobs.nodes.get("c.n")?.spec.zone]).toEqual(["ready", `${job} 2`, "z"]);
  });

  test("that was silent only for a while goes on, with what has changed meanwhile", async () => {
    const world = new World();
    const node = await world.attach();
    node.say(world.said({ zone: "z" }, false));
    await world.clock.pass(nodeTimes.suspectMs + 2_000);
    node.say(world.said({ zone: "z" }));
    await world.clock.pass(nodeTimes.heartbeatMs);
    expect([world.nodeStatus(), world.jobs.nodes.get("c.n")?.spec.zone]).toEqual(["ready", "z"]);
  });

  test("leaves, and may come again; once closed it says nothing", async () => {
    const world = new World();
    const node = await world.attach();
    node.leave();
    expect(world.nodeStatus()).toBeUndefined();
    node.say(world.said());
    expect(world.nodeStatus()).toBe("ready");
    await node.close();
    node.say(world.said({ zone: "late" }));
    expect(world.jobs.nodes.get("c.n")?.spec.zone).toBeUndefined();
  });

  test("whose name another one has is not let in, says so once, and is as soon as that is free", async () => {
    const world = new World();
    const other = new ScriptedNode(world.jobs, { id: "c.n", key: "another's" });
    await world.attach();
    await world.clock.pass(3_000);
    expect(world.logged.filter(({ message }) => message.includes("node-name-taken")).length).toBe(1);
    other.session.close();
    await world.clock.pass(nodeTimes.leaseMs + 3_000);
    expect(world.nodeStatus()).toBe("ready");
    expect(world.jobs.nodes.get("c.n")?.spec.pool).toBe("c");
  });
});
