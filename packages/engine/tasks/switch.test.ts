import { expect, test } from "vitest";
import { choose, constant, dot, fn, set } from "../testing/specs.ts";
import { scenario } from "../testing/scenario.ts";

const is = (kind: string) => fn(`. == "${kind}"`, (input) => input === kind);
const others = [
  set("first", constant(1), { then: "exit" }),
  set("second", constant(2), { then: "exit" }),
  set("third", constant(3), { then: "exit" }),
];

test.each([
  ["a", ["choose completed", "second completed"]],
  ["b", ["choose completed", "third completed"]],
  ["z", ["choose completed", "first completed"]],
])("input %j takes its case, in declaration order; without a match and a default the flow goes on", (input, steps) => {
  const cases = [
    { when: is("a"), then: "second" },
    { when: is("b"), then: "third" },
    { when: is("a"), then: "third" },
  ];
  expect(scenario([choose("choose", cases), ...others], input).steps).toEqual(steps);
});

test("the default is taken only when no case matches, wherever it stands", () => {
  const cases = [{ then: "third" }, { when: is("a"), then: "second" }];
  expect(scenario([choose("choose", cases), ...others], "a").steps).toEqual(["choose completed", "second completed"]);
  expect(scenario([choose("choose", cases), ...others], "z").steps).toEqual(["choose completed", "third completed"]);
});

test("no match and no default: the task's own `then` says where to go", () => {
  const run = scenario([choose("choose", [{ when: is("a"), then: "second" }], { then: "third" }), ...others], "z");
  expect(run.steps).toEqual(["choose completed", "third completed"]);
});

test("its output is its transformed input; `exit` and `end` work as cases", () => {
  const run = scenario([choose("choose", [{ then: "exit" }], { from: dot("kind") }), ...others], { kind: "a" });
  expect(run.view.output).toBe("a");
  expect(run.steps).toEqual(["choose completed"]);
  expect(scenario([choose("choose", [{ then: "end" }]), ...others]).steps).toEqual(["choose completed"]);
});

test("only null and false do not match", () => {
  const gives = (value: 0 | "" | null | false) => [{ when: fn("value", () => value), then: "second" }];
  expect(scenario([choose("choose", gives(0)), ...others]).steps[1]).toBe("second completed");
  expect(scenario([choose("choose", gives("")), ...others]).steps[1]).toBe("second completed");
  expect(scenario([choose("choose", gives(null)), ...others]).steps[1]).toBe("first completed");
  expect(scenario([choose("choose", gives(false)), ...others]).steps[1]).toBe("first completed");
});
