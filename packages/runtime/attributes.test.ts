// Attributes: named at the start and at the end of tasks, stored with the decision, found by filters.
import { expect, test } from "vitest";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import { parseRunFilter } from "@baton/storage";
import { openWorld, tenant, type World } from "./testing/world.ts";

const document = `
document:
  dsl: 1.0.3
  namespace: test
  name: order
  version: 1.0.0
  tags: { team: billing }
  metadata:
    baton:
      attributes:
        customer: \${ .customer.name }
        amount: \${ .amount }
        wrong: \${ .amount | keys }
        long: \${ "x" * 300 }
        list: \${ [1] }
do:
  - price:
      set: { total: '\${ .amount * 2 }', vip: true }
      metadata: { baton: { attributes: { total: '\${ .total }', vip: '\${ .vip }', customer: '\${ if .total > 100 then "big" else null end }' } } }
  - rest: { wait: PT1H }
`;

function compile(text: string): Workflow {
  const compiled = compileWorkflow(text);
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ message }) => message).join("; "));
  return compiled.workflow;
}

async function found(world: World, text: string): Promise<string[]> {
  const filter = parseRunFilter(text, world.clock.now());
  if (!filter.ok) throw new Error(filter.error.message);
  return (await world.runtime.listRuns({ tenant, limit: 10, filter: filter.value })).map((run) => run.id);
}

test("runs are found by what their flow names, at the start and after a task", async () => {
  const world = await openWorld({ flows: { order: compile(document) } });
  const small = await world.start("order", { customer: { name: "Ada" }, amount: 10 });
  const big = await world.start("order", { customer: { name: "Bob" }, amount: 60 });
  await world.settled(big);
  const { store } = world.troubled;
  expect(await store.readAttributes(tenant, small)).toEqual({ amount: 10, total: 20, vip: true });
  expect(await store.readAttributes(tenant, big)).toEqual({ amount: 60, customer: "big", total: 120, vip: true });
  expect(await found(world, "attributes.total > 100")).toEqual([big]);
  expect(await found(world, "attributes.vip = true AND attributes.customer = b*")).toEqual([big]);
  expect(await found(world, "reason = waiting.timer AND tags.team = billing")).toHaveLength(2);
  await world.restart();
  expect(await found(world, "attributes.total <= 20")).toEqual([small]);
  await world.close();
});
