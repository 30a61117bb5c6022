// Agreement with a second, simple simulator, job by job, on random logs full of ties and of everything that real logs have.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parsePolicy } from "./policies.ts";
import { makeScenario } from "./scenario.ts";
import { simulate } from "./simulate.ts";
import { referenceWaits, type Variant } from "./testing/reference.ts";
import { readSwf } from "./trace/swf.ts";

const variants: readonly Variant[] = [
  "fcfs",
  "easy",
  "easy-clairvoyant",
  "conservative",
  "sjbf-reqtime",
  "sjbf-clairvoyant",
  "sjbf-avg2-reqtime",
  "sjbf-avg2-tsafrir",
];

/** Few instants, so that much happens at the same one; runs beyond their request, jobs that never ran, unknown fields, large jobs. */
const job = (longest: number, machine: number): fc.Arbitrary<readonly number[]> =>
  fc.tuple(
    fc.oneof({ weight: 20, arbitrary: fc.nat(3 * longest) }, { weight: 1, arbitrary: fc.constant(-1) }),
    fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: longest }) }, { weight: 1, arbitrary: fc.constantFrom(-1, 0, 2 * longest) }),
    fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 1, max: machine }) },
      { weight: 1, arbitrary: fc.constantFrom(-1, 0, machine, machine + 1) },
    ),
    fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: longest }) }, { weight: 1, arbitrary: fc.constantFrom(-1, 0, 2 * longest) }),
    fc.integer({ min: -1, max: 2 }),
    fc.constantFrom(0, 1, 5, -1),
  );

const log = fc
  .record({ machine: fc.integer({ min: 1, max: 12 }), longest: fc.constantFrom(3, 8, 20, 5000), isSorted: fc.boolean() })
  .chain(({ machine, longest, isSorted }) =>
    fc.record({
      machine: fc.constant(machine),
      rows: fc
        .array(job(longest, machine), { minLength: 1, maxLength: 40, size: "max" })
        .map((rows) => (isSorted ? rows.toSorted((a, b) => (a[0] as number) - (b[0] as number)) : rows)),
    }),
  );

function textOf(machine: number, rows: readonly (readonly number[])[]): string {
  const lines = rows.map(
    ([submit, run, size, request, user, status], i) =>
      `${i + 1} ${submit} -1 ${run} ${size} -1 -1 ${size} ${request} -1 ${status} ${user} -1 -1 -1 -1 -1 -1`,
  );
  return [`; MaxProcs: ${machine}`, ...lines, ""].join("\n");
}

function waits(text: string, variant: Variant): Map<string, number> {
  const read = readSwf([text], { name: "log" });
  const policy = parsePolicy(variant);
  if (!read.ok || !policy.ok) return new Map();
  const scenario = makeScenario({ kind: "swf", log: read.value }, {});
  if (!scenario.ok) throw new Error("there is no scenario");
  const { start } = simulate(scenario.value, policy.value);
  const { ids, submit } = scenario.value.workload;
  return new Map(ids.map((id, i) => [id, (start[i] as number) - (submit[i] as number)]));
}

test.each(variants)("%s: on random logs, no wait differs from those of the reference", (variant) => {
  fc.assert(
    fc.property(log, ({ machine, rows }) => {
      const text = textOf(machine, rows);
      const byId = (all: ReadonlyMap<string, number>): [string, number][] => [...all].sort(([a], [b]) => Number(a) - Number(b));
      expect(byId(waits(text, variant))).toEqual(byId(referenceWaits(text, machine, variant)));
    }),
    { numRuns: Number(process.env["RUNS"] ?? 60) },
  );
});
