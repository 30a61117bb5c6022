// What belongs together is stored together: no kill leaves a part of it.
import { describe, expect, test } from "vitest";
import { settle } from "../testing/manual-clock.ts";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";

const many = 300;

/** The server dies when it has stored so many batches more. */
function killAfter(world: JobsWorld, batches: number): void {
  world.troubled.dieAfter(batches);
}

describe("a kill between two batches", () => {
  test("leaves a submission with a key as a whole, or nothing of it", async () => {
    const world = new JobsWorld();
    await world.jobs.recover();
    killAfter(world, 1);
    const job = { command: ["true"] };
    const graph = { jobs: Array.from({ length: many }, () => job) };
    void world.submit(graph, "key-1");
    await settle();
    await world.restart();
    expect((await world.jobs.desk.list({ limit: 1_000 })).length % many).toBe(0);
    await world.submit(graph, "key-1");
    expect((await world.jobs.desk.list({ limit: 1_000 })).length).toBe(many);
  });

  test("lets nothing run that waits for what has failed", async () => {
    const world = new JobsWorld();
    await world.jobs.recover();
    const node = new ScriptedNode(world.jobs);
    const dependents = Array.from({ length: many }, () => ({ command: ["true"], after: ["first"] }));
    const [first = ""] = await world.submit({ jobs: [{ name: "first", command: ["false"] }, ...dependents] });
    expect(node.starts).toEqual([`${first} 1`]);
    killAfter(world, 1);
    await node.fail(first);
    await world.restart();
    const after = new ScriptedNode(world.jobs);
    await settle();
    expect(await world.statusOf(first)).toBe("failed");
    expect(after.starts).toEqual([]);
  });
});
