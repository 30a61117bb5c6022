import * as fc from "fast-check";
import { expect, test } from "vitest";
import { columnsOf, eachRow, type Value } from "./job-packing.ts";

const value: fc.Arbitrary<Value> = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.constant(null));
const spec = fc.tuple(fc.constantFrom("", "{}", '{"work":1', '{"work":12'), fc.string()).map((parts) => parts.join(""));
const reads = [0, 1, 2, 3].map((i) => (one: readonly Value[]) => one[i] as Value);
const row = fc.tuple(fc.constantFrom("a", "b"), value, spec, fc.constant(null));

test("rows come out of their columns as they went in", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
      const packed = JSON.parse(JSON.stringify(columnsOf(rows, reads, 2))) as ReturnType<typeof columnsOf>;
      const read: (readonly Value[])[] = [];
      eachRow(packed, (values) => read.push([...values]));
      expect(read).toEqual(rows);
    }),
  );
});

test("what all rows have is written once, and so is how their specs begin", () => {
  const rows = [1, 2, 3].map((i) => ["default", `{"work":"square","payload":${i}}`]);
  const { columns } = columnsOf(rows, [(one) => one[0] ?? null, (one) => one[1] ?? null], 1);
  expect(columns).toEqual(["default", [0, rows[0]?.[1], 27, "2}", 27, "3}"]]);
});
