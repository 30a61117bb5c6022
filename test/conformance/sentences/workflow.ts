// Workflows and their phases, and where the flow goes from task to task.
import { expect } from "vitest";
import { runFlow } from "../run-flow.ts";
import { accepts, call, dsl, names, output, reference, refuses, standard } from "../section.ts";
import { failed } from "../run-flow.ts";

const three = "a: { set: { x: 1 } }, b: { set: { x: 2 } }, c: { set: { x: 3 } }";

export const workflowSections = [
  dsl("Workflow", {
    "tasks run in the order of their declaration": () => expect(names(`do: [${three}]`)).toEqual(["a", "b", "c"]),
    "a workflow takes input and gives output": () => expect(output("do: [a: { set: '${ .n + 1 }' }]", { input: { n: 1 } })).toBe(2),
  }),
  dsl("Status Phases", {
    "a run that awaits an event or a time is waiting; so is its task": () => {
      const { run } = runFlow("do: [l: { listen: { to: { one: { with: { type: never } } } } }]");
      expect([run.status, run.steps[0]?.status]).toEqual(["waiting", "waiting"]);
    },
    "a run in the middle of its work is running": () => {
      const { lifecycle } = runFlow(`do: [a: ${call}]`);
      expect(lifecycle.map(({ data }) => data["status"])).toContain("running");
    },
    "a run that is suspended stays as it is until it is resumed": () => {
      const suspended = runFlow("do: [a: { wait: PT1S }]", { meanwhile: [{ type: "SuspendRun" }] });
      expect(suspended.run.status).toBe("suspended");
      const resumed = runFlow("do: [a: { wait: PT1S }]", { meanwhile: [{ type: "SuspendRun" }, { type: "ResumeRun" }] });
      expect(resumed.run.status).toBe("completed");
    },
    "a run that is ended before its time is cancelled; so is its task": () => {
      const { run } = runFlow("do: [a: { wait: PT1S }]", { meanwhile: [{ type: "CancelRun" }] });
      expect([run.status, run.steps[0]?.status]).toEqual(["cancelled", "cancelled"]);
    },
    "a run that met an error is faulted, one that came to its end completed": () => {
      const work = () => failed(500);
      expect(runFlow(`do: [a: ${call}]`, { work }).run.status).toBe("faulted");
      expect(runFlow(`do: [a: ${call}]`).run.status).toBe("completed");
    },
  }),
  dsl("Task Flow", {
    "a workflow begins with its first task": () => expect(names(`do: [${three}]`)[0]).toBe("a"),
    "after a task comes the next of its list": () => expect(names(`do: [${three}]`)).toEqual(["a", "b", "c"]),
    "or the one that `then` names": () =>
      expect(names("do: [a: { set: { x: 1 }, then: c }, b: { set: { x: 2 } }, c: { set: { x: 3 } }]")).toEqual(["a", "c"]),
    "after the last task the workflow ends well": () => expect(runFlow(`do: [${three}]`).run.status).toBe("completed"),
    "an error that nothing catches stops the workflow at once, and faults it": () => {
      const { run } = runFlow(`do: [a: ${call}, b: { set: { x: 2 } }]`, { work: () => failed(500) });
      expect(run).toMatchObject({ status: "faulted", output: null });
      expect(run.steps).toHaveLength(1);
    },
    "`end` ends the workflow well": () => expect(output("do: [a: { set: { x: 1 }, then: end }, b: { set: { x: 2 } }]")).toEqual({ x: 1 }),
  }),
  reference("Flow Directive", {
    "`continue` goes on with the next task in line": () =>
      expect(names("do: [a: { set: { x: 1 }, then: continue }, b: { set: { x: 2 } }]")).toEqual(["a", "b"]),
    "`continue` on the last task of a list ends that list": () =>
      expect(names("do: [a: { do: [b: { set: { x: 1 }, then: continue }] }, c: { set: { x: 2 } }]")).toEqual(["a", "b", "c"]),
    "`exit` completes the list that the task stands in": () =>
      expect(output("do: [a: { do: [b: { set: { x: 1 }, then: exit }, c: { set: { x: 2 } }] }, d: { set: '${ [.x] }' }]")).toEqual([1]),
    "`exit` in the main list ends the workflow": () =>
      expect(output("do: [a: { set: { x: 1 }, then: exit }, b: { set: { x: 2 } }]")).toEqual({ x: 1 }),
    "`end` ends the workflow from whatever depth": () =>
      expect(output("do: [a: { do: [b: { set: { x: 1 }, then: end }] }, c: { set: { x: 2 } }]")).toEqual({ x: 1 }),
    "a name leads to the task of that name, backwards too": () => {
      const flow =
        "do: [a: { set: '${ [.[], 0] }', then: c }, b: { set: '${ [.[], 1] }', then: end }, c: { set: '${ [.[], 2] }', then: b }]";
      expect(output(flow, { input: [] })).toEqual([0, 2, 1]);
    },
    "a directive cannot lead out of its own list": () => {
      refuses("do: [a: { do: [b: { set: { x: 1 }, then: c }] }, c: { set: { x: 2 } }]", "unknown-target");
      refuses("do: [a: { set: { x: 1 }, then: b }, c: { do: [b: { set: { x: 2 } }] }]", "unknown-target");
    },
    "without a directive, `continue` is meant": () => expect(names(`do: [${three}]`)).toHaveLength(3),
  }),
  reference("Workflow", {
    "a document may be YAML or JSON": () => {
      const document = { dsl: "1.0.3", namespace: "n", name: "w", version: "1.0.0" };
      expect(runFlow(JSON.stringify({ document, do: [{ a: { set: { x: "${ 1 + 1 }" } } }] })).run.output).toEqual({ x: 2 });
    },
    "`document` and `do` are required": () => {
      refuses("document: { dsl: 1.0.3, namespace: n, name: w, version: 1.0.0 }\n", "missing-key");
      refuses("document: { dsl: 1.0.3, namespace: n, name: w }\ndo: [a: { set: { x: 1 } }]", "missing-key");
    },
    "a timeout can be given by the name of a reusable one": () => {
      accepts("use: { timeouts: { short: { after: PT1S } } }\ntimeout: short\ndo: [a: { wait: PT1M }]");
      refuses("timeout: none\ndo: [a: { wait: PT1M }]", "unknown-reference");
    },
  }),
  reference("Document", {
    "the version of the workflow is a semantic one": () =>
      refuses("document: { dsl: 1.0.3, namespace: n, name: w, version: one }\ndo: [a: { set: { x: 1 } }]", "invalid-value"),
    "title, summary, tags and metadata may document it": () =>
      accepts(
        "document: { dsl: 1.0.3, namespace: n, name: w, version: 1.0.0, title: T, summary: '# S', tags: { a: b }, metadata: { anything: [1] } }\ndo: [a: { set: { x: 1 } }]",
      ),
    "documents of every version 1.0 of the language are understood": () => {
      for (const version of ["1.0.0", "1.0.1", "1.0.2", "1.0.3"])
        accepts(`document: { dsl: '${version}', namespace: n, name: w, version: 1.0.0 }\ndo: [a: { set: { x: 1 } }]`);
    },
  }),
  reference("Task", {
    "a task whose `if` is false is skipped; its raw input becomes its output": () => {
      const flow = "do: [a: { if: .go, input: { from: .nothing }, set: { x: 1 }, output: { as: .y }, then: end }, b: { set: '${ . }' }]";
      expect(output(flow, { input: { go: false } })).toEqual({ go: false });
    },
    "`if` is asked on the raw input, before any other expression of the task": () =>
      expect(output("do: [a: { input: { from: .x }, if: .x == 1, set: '${ . }' }]", { input: { x: 1 } })).toBe(1),
    "a timeout can be given inline or by name": () => {
      const inline = runFlow("do: [a: { timeout: { after: PT1S }, wait: PT1H }]");
      const named = runFlow("use: { timeouts: { short: { after: PT1S } } }\ndo: [a: { timeout: short, wait: PT1H }]");
      for (const { run } of [inline, named]) expect(run.error).toMatchObject({ type: standard("timeout"), instance: "/do/0/a" });
    },
    "metadata says nothing to the runtime that would change what the task does": () =>
      expect(output("do: [a: { set: { x: 1 }, metadata: { any: { thing: '${ .x' } } }]")).toEqual({ x: 1 }),
  }),
];
