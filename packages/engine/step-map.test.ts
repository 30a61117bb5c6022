import * as fc from "fast-check";
import { expect, test } from "vitest";
import { StepMap } from "./step-map.ts";

type Change = readonly [verb: "set" | "delete" | "copy", id: number];
const changes = fc.array(fc.tuple(fc.constantFrom("set" as const, "delete" as const, "copy" as const), fc.integer({ min: 0, max: 20 })));

test("it is a map in the order of its steps, and a copy stays what it was", () => {
  const property = fc.property(changes, (all: readonly Change[]) => {
    let map = new StepMap<number>();
    const model = new Map<number, number>();
    const copies: { readonly copy: StepMap<number>; readonly content: unknown }[] = [];
    for (const [place, [verb, id]] of all.entries()) {
      if (verb === "set") {
        map.set(id, place);
        model.set(id, place);
      } else if (verb === "delete") expect(map.delete(id)).toBe(model.delete(id));
      else {
        copies.push({ copy: map, content: [...map] });
        map = StepMap.of(map);
      }
      const sorted = [...model].sort(([a], [b]) => a - b);
      expect([...map]).toEqual(sorted);
      expect([...map.keys()].map((key) => [key, map.get(key)])).toEqual(sorted);
      expect([...map.values()]).toEqual(sorted.map(([, value]) => value));
      expect([map.size, map.has(id), map.get(id)]).toEqual([model.size, model.has(id), model.get(id)]);
    }
    for (const { copy, content } of copies) expect([...copy]).toEqual(content);
  });
  fc.assert(property, { numRuns: 100 });
});

test("iterating sees the map as it was when that began", () => {
  const map = StepMap.of(
    new Map([
      [1, "a"],
      [2, "b"],
      [3, "c"],
    ]),
  );
  const seen: string[] = [];
  map.forEach((value, id) => {
    seen.push(value);
    map.delete(id);
  });
  expect(seen).toEqual(["a", "b", "c"]);
  expect(map.size).toBe(0);
});
