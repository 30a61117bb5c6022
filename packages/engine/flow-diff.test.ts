import { compileWorkflow, type Workflow } from "@baton/dsl";
import { expect, test } from "vitest";
import { diffFlows } from "./index.ts";

function workflow(tasks: string, more = "", version = "1.0.0"): Workflow {
  const result = compileWorkflow(`document: { dsl: 1.0.3, namespace: n, name: f, version: ${version} }\n${more}\ndo:\n${tasks}`);
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join("\n"));
  return result.workflow;
}

const diff = (from: string, to: string) => diffFlows(workflow(from), workflow(to, "", "2.0.0"));
const [a, b, c] = ["  - a: { wait: PT1S }\n", "  - b: { wait: PT1S }\n", "  - c: { wait: PT1S }\n"];

test("equal definitions differ in nothing, whatever their versions", () => {
  expect(diff(a + b, a + b)).toEqual({ steps: [], sections: [], obstacles: [] });
});

test("what is added and removed is told by name; a run must not stand in what is gone", () => {
  expect(diff(a + b, a + c)).toEqual({
    steps: [
      { change: "removed", step: "b", kind: "wait" },
      { change: "added", step: "c", kind: "wait" },
    ],
    sections: [],
    obstacles: [{ step: "b", why: "it is not there any more" }],
  });
});

test("of what stands in another order, as little as can be has moved", () => {
  expect(diff(a + b + c, c + a + b)).toEqual({
    steps: [{ change: "moved", step: "c", kind: "wait", from: "behind b", to: "at the start" }],
    sections: [],
    obstacles: [],
  });
  expect(diff(a + b + c, b + a + c).steps).toHaveLength(1);
});

test("a step that moves into another list is the same step, but a run in it cannot follow", () => {
  const list = (inside: string): string => `  - l: { do: [x: { set: { y: 1 } }${inside}] }\n`;
  expect(diff(a + b + list(""), b + list(", a: { wait: PT1S }"))).toEqual({
    steps: [{ change: "moved", step: "l/a", kind: "wait", from: "at the start", to: "behind x of l" }],
    sections: [],
    obstacles: [{ step: "a", why: "it is not there any more" }],
  });
});

test("what changed in a step is told by its keys, without the steps inside it", () => {
  const call = (uri: string, header: string): string =>
    `  - ask: { call: http, with: { method: get, endpoint: ${uri}, headers: { x: ${header} } } }\n`;
  expect(diff(call("https://a.test", "1"), call("https://b.test", "2")).steps).toEqual([
    { change: "changed", step: "ask", kind: "call: http", keys: ["with.endpoint", "with.headers.x"] },
  ]);
  const loop = (inside: string, of: string): string => `  - each: { for: { in: ${of} }, do: [one: { ${inside} }] }\n`;
  expect(diff(loop("wait: PT1S", ".x"), loop("wait: PT2S", ".y")).steps).toEqual([
    { change: "changed", step: "each", kind: "for", keys: ["for.in"] },
    { change: "changed", step: "each/one", kind: "wait", keys: ["wait"] },
  ]);
});

test("tasks of catches, branches and functions are compared where they are", () => {
  const guard = (mend: string): string => `  - guard: { try: [risky: { wait: PT1S }], catch: { do: [${mend}: { wait: PT1S }] } }\n`;
  expect(diff(guard("mend"), guard("heal"))).toMatchObject({
    steps: [
      { change: "added", step: "guard/catch/heal" },
      { change: "removed", step: "guard/catch/mend" },
    ],
    obstacles: [{ step: "guard/catch/mend" }],
  });
  const fork = (name: string): string => `  - both: { fork: { branches: [x: { wait: PT1S }, ${name}: { wait: PT1S }] } }\n`;
  expect(diff(fork("y"), fork("z")).obstacles).toEqual([{ step: "both/y", why: "it is not there any more" }]);
  const use = (task: string): string => `use: { functions: { f: { ${task} } } }`;
  const called = diffFlows(workflow("  - go: { call: f }", use("wait: PT1S")), workflow("  - go: { call: f }", use("set: { a: 1 }")));
  expect(called.obstacles).toEqual([{ step: "go/f", why: "it is set now, and was wait" }]);
  expect(called.sections.map(({ change, key }) => `${change} ${key}`)).toEqual(["changed use.functions.f"]);
});

test("a run must not stand in a step of another kind, nor listen to something else, nor have done what cannot be undone any more", () => {
  expect(diff(a, "  - a: { set: { x: 1 } }\n").obstacles).toEqual([{ step: "a", why: "it is set now, and was wait" }]);
  const listen = (type: string): string => `  - hear: { listen: { to: { one: { with: { type: ${type} } } } } }\n`;
  expect(diff(listen("x.a"), listen("x.b")).obstacles).toEqual([{ step: "hear", why: "it listens to something else now" }]);
  const undone = "  - a: { wait: PT1S, metadata: { baton: { compensate: [undo: { wait: PT1S }] } } }\n";
  expect(diff(undone, a).obstacles).toEqual([{ step: "a", why: "it is done, and nothing undoes it any more" }]);
  const extended = "use: { extensions: [log: { extend: wait, before: [tell: { set: { x: 1 } }] }] }";
  expect(diffFlows(workflow(a), workflow(a, extended)).obstacles).toEqual([{ step: "a", why: "it is do now, and was wait" }]);
});

test("sections of the document are told by their keys", () => {
  const from = workflow(a, "input: { from: .x }\nuse: { timeouts: { t: { after: PT1S } } }\ntimeout: t");
  const to = workflow(a, "input: { from: .y }\nuse: { timeouts: { t: { after: PT2S } } }\ntimeout: t\nschedule: { every: PT1H }", "2.0.0");
  expect(diffFlows(from, to).sections).toEqual([
    { change: "changed", key: "input.from" },
    { change: "changed", key: "use.timeouts.t" },
    { change: "added", key: "schedule" },
  ]);
});
