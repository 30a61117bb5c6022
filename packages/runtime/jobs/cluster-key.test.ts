// Nodes of one Kubernetes cluster share a key: whom it lets in, and for how long it is remembered.
import { describe, expect, test } from "vitest";
import type { NodeHello } from "@baton/executors";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";
import { settle } from "../testing/manual-clock.ts";
import { nodeTimes } from "./limits.ts";
import { nodeCredential } from "./node-tokens.ts";

const key = "k".repeat(40);
const other = "o".repeat(40);
const link = { send: () => undefined, cut: () => undefined };

function helloOf(id: string, more: Partial<NodeHello> = {}): NodeHello {
  return { id, capacity: { cpu: 1_000 }, holds: [], key, pool: "far", labels: { "baton/kubernetes": "far" }, ...more };
}

function join(world: JobsWorld, id: string, more: Partial<NodeHello> = {}): ScriptedNode {
  return new ScriptedNode(world.jobs, helloOf(id, more));
}

function namesIn(world: JobsWorld): readonly string[] {
  return world.jobs.nodeDesk.list().map(({ name, status }) => `${name} ${status}`);
}

describe("who knows the key of one node", () => {
  const bring = (world: JobsWorld, hello: NodeHello): Promise<unknown> => {
    const caller = world.jobs.nodeCallerOf(nodeCredential("far.a", key));
    return world.jobs.admit({ hello, functions: [] }, caller as never, link);
  };

  test("brings others of its cluster", async () => {
    const world = new JobsWorld();
    join(world, "far.a");
    await bring(world, helloOf("far.b"));
    expect(namesIn(world)).toEqual(["far.a ready", "far.b ready"]);
  });

  test.each([
    ["of another pool", helloOf("near.b", { pool: "near" })],
    ["whose name is not of the pool", helloOf("b")],
    ["of another cluster", helloOf("far.b", { labels: { "baton/kubernetes": "near" } })],
    ["that is a machine", helloOf("far.b", { labels: {} })],
    ["with another key", helloOf("far.b", { key: other })],
    ["that has another key already", helloOf("far.c")],
  ])("brings none %s", async (_, hello) => {
    const world = new JobsWorld();
    join(world, "far.a");
    join(world, "far.c", { key: other });
    await expect(bring(world, hello)).rejects.toMatchObject({ code: "node-token-invalid" });
  });

  test("brings nobody to a machine's side", async () => {
    const world = new JobsWorld();
    join(world, "far.a", { labels: {} });
    await expect(bring(world, helloOf("far.b"))).rejects.toMatchObject({ code: "node-token-invalid" });
  });
});

test("a node that its cluster has lost is forgotten, but for the last one that knows the key", async () => {
  const world = new JobsWorld();
  const [a, b] = [join(world, "far.a"), join(world, "far.b")];
  a.session.leave();
  a.session.close();
  expect(namesIn(world)).toEqual(["far.b ready"]);
  b.session.leave();
  b.session.close();
  expect(namesIn(world)).toEqual(["far.b lost"]);
  await settle();
  await world.restart();
  const caller = world.jobs.nodeCallerOf(nodeCredential("far.b", key));
  await world.jobs.admit({ hello: helloOf("far.c"), functions: [] }, caller as never, link);
  expect(namesIn(world)).toEqual(["far.b lost", "far.c ready"]);
});

test("a node that was only not heard of is remembered", async () => {
  const world = new JobsWorld();
  join(world, "far.a").session.close();
  join(world, "far.b").session.close();
  for (let passed = 0; passed <= nodeTimes.leaseMs; passed += 1_000) await world.clock.pass(1_000);
  expect(namesIn(world)).toEqual(["far.a lost", "far.b lost"]);
});
