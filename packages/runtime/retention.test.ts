// Retention on virtual time: what is kept how long, and that nothing is forgotten before its archive is durable.
import { expect, test } from "vitest";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import { expiryOf } from "./retention.ts";
import type { ArchivedRun, RetentionRule, RunArchive } from "./runtime.ts";
import { openWorld, tenant, type World } from "./testing/world.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

function flow(retention: string, tasks = "- note: { set: { a: 1 } }"): Workflow {
  const compiled = compileWorkflow(`
document:
  dsl: 1.0.3
  namespace: test
  name: flow
  version: 1.0.0
  metadata: { baton: { attributes: { a: 1 }${retention === "" ? "" : `, retention: ${retention}`} } }
do:
  ${tasks}
`);
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ message }) => message).join("; "));
  return compiled.workflow;
}

/** An archive that can be told to fail. */
class Archive implements RunArchive {
  readonly runs: ArchivedRun[] = [];
  broken = false;

  async write(runs: readonly ArchivedRun[]): Promise<void> {
    if (this.broken) throw new Error("The disk is full.");
    this.runs.push(...runs);
  }
}

async function open(
  flows: { readonly [name: string]: Workflow },
  retention: readonly RetentionRule[] = [],
): Promise<{ world: World; archive: Archive }> {
  const archive = new Archive();
  return { world: await openWorld({ flows, archive, retention }), archive };
}

const left = async (world: World): Promise<string[]> =>
  (await world.runtime.listRuns({ tenant, limit: 10 })).map((run) => run.workflow).sort();

test("a run is archived and forgotten when its time is over; one that goes on stays", async () => {
  const { world, archive } = await open({
    short: flow("P1D"),
    long: flow("P10D"),
    kept: flow(""),
    open: flow("P1D", "- sleep: { wait: P30D }"),
  });
  for (const name of ["short", "long", "kept", "open"]) await world.start(name);
  world.clock.jump(day - 3 * minute);
  await world.clock.pass(2 * minute);
  expect(archive.runs).toEqual([]);
  await world.clock.pass(2 * minute);
  expect(await left(world)).toEqual(["kept", "long", "open"]);
  expect(archive.runs).toMatchObject([{ summary: { workflow: "short", status: "completed" }, attributes: { a: 1 }, source: "short" }]);
  expect(archive.runs[0]?.envelopes).toHaveLength(1);
  await world.restart();
  world.clock.jump(10 * day);
  await world.clock.pass(minute);
  expect(await left(world)).toEqual(["kept", "open"]);
  await world.close();
});

test("nothing is forgotten while the archive cannot be written", async () => {
  const { world, archive } = await open({ short: flow("PT1H") });
  await world.start("short");
  archive.broken = true;
  world.clock.jump(day);
  await world.clock.pass(minute);
  expect(await left(world)).toEqual(["short"]);
  expect(world.log.some(({ message }) => message.includes("could not be archived"))).toBe(true);
  archive.broken = false;
  await world.clock.pass(minute);
  expect(await left(world)).toEqual([]);
  expect(archive.runs).toHaveLength(1);
  await world.close();
});

test("the flow decides, then the most precise rule of the server", () => {
  const keep = (days: number): RetentionRule["keep"] => ({ months: 0, ms: days * day });
  const rules: RetentionRule[] = [
    { keep: keep(1) },
    { status: "faulted", keep: keep(2) },
    { namespace: "shop", keep: keep(3) },
    { namespace: "shop", status: "faulted", keep: keep(4) },
  ];
  const days = (namespace: string, status: string, workflow = flow(""), given = rules): number | undefined => {
    const run = {
      tenant,
      id: "run_a",
      namespace,
      workflow: "flow",
      version: "1.0.0",
      status,
      active: false,
      startedAt: 0,
      endedAt: 0,
      parentId: null,
      forkedFrom: null,
      reason: null,
      incident: null,
    };
    const expiry = expiryOf(given, workflow, run);
    return expiry === undefined ? undefined : expiry / day;
  };
  expect([days("test", "completed"), days("test", "faulted"), days("shop", "cancelled"), days("shop", "faulted")]).toEqual([1, 2, 3, 4]);
  expect([days("shop", "faulted", flow("{ faulted: P9D }")), days("shop", "completed", flow("{ faulted: P9D }"))]).toEqual([9, 3]);
  expect(days("test", "completed", flow(""), [])).toBeUndefined();
});
