// Who may change the contract of a function that is known.
import { expect, test } from "vitest";
import type { JsonObject } from "@baton/core";
import type { FunctionContract } from "@baton/executors";
import { JobsWorld } from "../testing/jobs-world.ts";
import type { NodeSession } from "./jobs.ts";
import { functionLabel, workerTaint } from "./functions.ts";

const contract = (type: string): FunctionContract => ({ name: "f", version: "1.0.0", input: { type, title: "x" } });

function come(
  world: JobsWorld,
  id: string,
  brought: FunctionContract,
  labels: { readonly [key: string]: string } = {},
): Promise<NodeSession> {
  const spec = { labels: { ...labels, [functionLabel(brought)]: "here" }, taints: [{ key: workerTaint, effect: "no-schedule" as const }] };
  const hello = { id, capacity: { slots: 1 }, holds: [], ...spec };
  return world.jobs.admit({ hello, functions: [brought] }, null, { send: () => undefined, cut: () => undefined });
}

const types = (world: JobsWorld): readonly unknown[] => world.jobs.functions.list().map(({ input }) => (input as JsonObject)["type"]);

test("another contract is refused while another worker offers the function, and taken once it has gone", async () => {
  const world = new JobsWorld();
  const first = await come(world, "a", contract("number"));
  await expect(come(world, "b", contract("string"))).rejects.toMatchObject({
    code: "function-version-taken",
    message: "f:1.0.0 is offered with another contract by the worker a, which is connected.",
    where: "f:1.0.0",
  });
  expect([types(world), world.jobs.nodes.get("b")]).toEqual([["number"], undefined]);
  await come(world, "c", { ...contract("number"), input: { title: "x", type: "number" } });
  first.close();
  await expect(come(world, "b", contract("string"))).rejects.toMatchObject({ code: "function-version-taken" });
  world.jobs.nodes.ended(world.jobs.nodes.list()[0] as never);
  await come(world, "b", contract("string"));
  expect(types(world)).toEqual(["string"]);
});

test("a worker that comes again changes what is its own", async () => {
  const world = new JobsWorld();
  await come(world, "a", contract("number"));
  await come(world, "a", contract("string"));
  expect(types(world)).toEqual(["string"]);
});

test("of two that come at once the first one stands", async () => {
  const world = new JobsWorld();
  const both = await Promise.allSettled([come(world, "a", contract("number")), come(world, "b", contract("string"))]);
  expect([both.map(({ status }) => status), types(world)]).toEqual([["fulfilled", "rejected"], ["number"]]);
});

test("a package stands for its functions without an instance, and its instances may change them", async () => {
  const world = new JobsWorld();
  world.jobs.packageOf = (label) => (label === "function/f:1.0.0" ? "pack" : undefined);
  const instance = await come(world, "pack-1", contract("number"), { deployment: "pack", replica: "1" });
  await come(world, "pack-2", contract("boolean"), { deployment: "pack", replica: "2" });
  instance.close();
  world.jobs.nodes.list().forEach((node) => world.jobs.nodes.ended(node));
  await expect(come(world, "b", contract("string"))).rejects.toMatchObject({
    message: "f:1.0.0 is offered with another contract by the package pack.",
  });
  expect(types(world)).toEqual(["boolean"]);
});
