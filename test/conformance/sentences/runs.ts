// Runs of other flows and processes, functions and extensions, as far as the engine decides them.
import { expect } from "vitest";
import { compileWorkflow } from "@baton/dsl";
import { failed, headed, runFlow } from "../run-flow.ts";
import { dsl, error, names, output, reference, refuses, standard } from "../section.ts";

const sub = (more = ""): string =>
  `do: [a: { run: { workflow: { namespace: n, name: w, version: 1.0.0, input: { v: '\${ .x }' } }${more} } }]`;
const extended = (extension: string, tasks: string): string => `use: { extensions: [{ e: { ${extension} } }] }\ndo: [${tasks}]`;
const set = (name: string, value: string, then = "continue"): string => `${name}: { set: { ${value} }, then: ${then} }`;
const uri = (template: string, input: { [name: string]: string | number | boolean | null | object }) => {
  const flow = `do: [a: { call: http, with: { method: get, endpoint: '${template}' } }]`;
  return runFlow(flow, { input: input as never }).asked[0];
};

export const runSections = [
  reference("Run", {
    "a process that is not awaited leaves the task's transformed input as its output": () => {
      const flow = "do: [a: { input: { from: .x }, run: { shell: { command: 'true' }, await: false } }]";
      expect(output(flow, { input: { x: 5 }, work: () => ({ output: "ignored" }) })).toBe(5);
    },
    "exactly one of the kinds of processes is given": () => {
      refuses("do: [a: { run: { await: true } }]", "missing-key");
      refuses("do: [a: { run: { shell: { command: x }, script: { language: js, code: y } } }]", "conflicting-keys");
    },
    "what runs inside the task sees its transformed input": () => {
      const flow =
        "do: [a: { input: { from: .x }, run: { shell: { command: 'echo ${ .y }', arguments: ['${ .y }'], environment: { Y: '${ .y }' } } } }]";
      expect(runFlow(flow, { input: { x: { y: 7 } } }).asked[0]).toMatchObject({
        code: "echo 7",
        arguments: ["7"],
        environment: { Y: "7" },
      });
    },
  }),
  reference("Workflow Process", {
    "the other flow gets its input, and its output is the task's": () =>
      expect(output(sub(), { input: { x: 5 }, subflow: (input) => ({ output: [input] }) })).toEqual([{ v: 5 }]),
    "its error is the task's": () =>
      expect(error(sub(), { subflow: () => failed(502) })).toMatchObject({ status: 502, instance: "/do/0/a" }),
    "it need not be awaited": () =>
      expect(output(sub(", await: false"), { input: { x: 5 }, subflow: () => ({ output: "ignored" }) })).toEqual({ x: 5 }),
    "namespace and name are required": () => {
      refuses("do: [a: { run: { workflow: { name: w, version: 1.0.0 } } }]", "missing-key");
      refuses("do: [a: { run: { workflow: { namespace: n, version: 1.0.0 } } }]", "missing-key");
    },
  }),
  reference("Container Process", {
    "an image is required": () => refuses("do: [a: { run: { container: { command: x } } }]", "missing-key"),
    "name, command, arguments, environment, standard input, ports and volumes are evaluated": () => {
      const parts = [
        "image: '${ .image }', name: '${ \"c-\" + .n }', command: 'echo ${ .n }', arguments: ['${ .n }'], stdin: '${ .n }'",
        "environment: { N: '${ .n }' }, ports: { 8080: 80, 9090: '${ .port }' }, volumes: { /data: /in }, pullPolicy: always",
      ];
      const input = { image: "alpine:3", n: "one", port: 90 };
      expect(runFlow(`do: [a: { run: { container: { ${parts.join(", ")} }, return: all } }]`, { input }).asked[0]).toEqual({
        kind: "container",
        image: "alpine:3",
        name: "c-one",
        command: "echo one",
        arguments: ["one"],
        stdin: "one",
        environment: { N: "one" },
        ports: [
          { host: 8080, container: 80 },
          { host: 9090, container: 90 },
        ],
        volumes: [{ host: "/data", container: "/in" }],
        pull: "always",
        cleanup: "never",
        return: "all",
      });
      refuses("do: [a: { run: { container: { image: x, ports: { http: 80 } } } }]", "invalid-value");
      refuses("do: [a: { run: { container: { image: x, volumes: { data: /in } } } }]", "invalid-value");
    },
    "the image is pulled if it is not there, always, or never": () => {
      const pulled = (policy: string) => runFlow(`do: [a: { run: { container: { image: x${policy} } } }]`).asked[0];
      expect(pulled("")).toMatchObject({ pull: "missing" });
      expect(pulled(", pullPolicy: ifNotPresent")).toMatchObject({ pull: "missing" });
      expect(pulled(", pullPolicy: never")).toMatchObject({ pull: "never" });
      refuses("do: [a: { run: { container: { image: x, pullPolicy: sometimes } } }]", "invalid-value");
    },
  }),
  reference("Container Lifetime", {
    "a container is removed when it has ended, after a while, or never": () => {
      const cleanup = (lifetime: string) => runFlow(`do: [a: { run: { container: { image: x, lifetime: { ${lifetime} } } } }]`).asked[0];
      expect(cleanup("cleanup: always")).toMatchObject({ cleanup: "always" });
      expect(cleanup("cleanup: never")).toMatchObject({ cleanup: "never" });
      expect(cleanup("cleanup: eventually, after: { minutes: 30 }")).toMatchObject({ cleanup: { afterMs: 1_800_000 } });
    },
    "what is removed after a while says after which": () => {
      refuses("do: [a: { run: { container: { image: x, lifetime: { cleanup: eventually } } } }]", "missing-key");
      refuses("do: [a: { run: { container: { image: x, lifetime: {} } } }]", "missing-key");
    },
  }),
  reference("Shell Process", {
    "`command` is required": () => refuses("do: [a: { run: { shell: { arguments: [x] } } }]", "missing-key"),
    "arguments may be a mapping, as they were in former versions": () => {
      const flow = `do: [a: { run: { shell: { command: echo, arguments: { --user: '\${ .u }', '\${ .k }': x, --flag: , --n: 1 } } } }]`;
      const { asked } = runFlow(flow, { input: { u: "ada", k: "--key" } });
      expect(asked[0]).toMatchObject({ arguments: ["--user=ada", "--key=x", "--flag", "--n=1"] });
      refuses("do: [a: { run: { shell: { command: echo, arguments: { --user: [1] } } } }]", "wrong-type");
    },
  }),
  reference("Script Process", {
    "code or a source is given": () => refuses("do: [a: { run: { script: { language: js } } }]", "missing-key"),
    "JavaScript and Python are supported, the former name `javascript` too": () => {
      for (const language of ["js", "javascript", "python"]) {
        const flow = `do: [a: { run: { script: { language: ${language}, code: x } } }]`;
        expect(runFlow(flow).asked[0]).toMatchObject({ kind: "script", language: language === "python" ? "python" : "js" });
      }
      refuses("do: [a: { run: { script: { language: cobol, code: x } } }]", "invalid-value");
    },
  }),
  reference("Call", {
    "a function that the workflow declares runs with its arguments as input": () => {
      const flow = "use: { functions: { twice: { set: '${ .n * 2 }' } } }\ndo: [a: { call: twice, with: { n: '${ .x + 1 }' } }]";
      expect(output(flow, { input: { x: 1 } })).toBe(4);
    },
    "a function that nobody declares is refused": () => refuses("do: [a: { call: nowhere }]", "unknown-reference"),
    "a function sees nothing of its caller but its input": () => {
      refuses(
        "use: { functions: { f: { set: '${ $item }' } } }\ndo: [a: { for: { in: '[1]' }, do: [b: { call: f }] }]",
        "unknown-variable",
      );
    },
  }),
  dsl("File Structure", {
    "of what lies in a repository at GitHub or GitLab, the raw text is taken": () => {
      const needs = (call: string): string[] => {
        const result = compileWorkflow(
          headed(`use: { catalogs: { all: { endpoint: { uri: 'https://github.com/o/r/tree/main' } } } }\ndo: [a: { call: '${call}' }]`),
        );
        return result.ok ? result.needs.map(({ uri }) => uri) : [];
      };
      const raw = "https://raw.githubusercontent.com/o/r/refs/heads/main/functions/log/1.0.0/function.yaml";
      expect(needs("log:1.0.0@all")).toEqual([raw]);
      expect(needs("https://github.com/o/r/tree/main/functions/log/1.0.0/function.yaml")).toEqual([raw]);
    },
  }),
  reference("URI Template", {
    "a name in braces is replaced by the input's property": () =>
      expect(uri("https://p.test/{id}", { id: "a b" })).toMatchObject({ uri: "https://p.test/a%20b" }),
    "one that is missing becomes empty": () => expect(uri("https://p.test/x{none}y", {})).toMatchObject({ uri: "https://p.test/xy" }),
    "a name with a dot is one name": () =>
      expect(uri("https://p.test/{pet.id}", { pet: { id: 1 }, "pet.id": 2 })).toMatchObject({ uri: "https://p.test/2" }),
    "numbers, booleans and null can be inserted": () =>
      expect(
        uri("https://p.test/{n}/{b}/{z}", { n: 1, b: true, z: null })?.kind === "http" && uri("https://p.test/{n}/{b}", { n: 1, b: true }),
      ).toMatchObject({
        uri: "https://p.test/1/true",
      }),
    "any other value is an expression error with status 400": () =>
      expect(error("do: [a: { call: http, with: { method: get, endpoint: 'https://p.test/{id}' } }]", { input: { id: {} } })).toMatchObject(
        {
          type: standard("expression"),
          status: 400,
        },
      ),
    "the arguments of expressions are no variables of it": () =>
      expect(uri("https://p.test/x{context}y", {})).toMatchObject({ uri: "https://p.test/xy" }),
  }),
  dsl("Extensions", {
    "`before` runs before the tasks of its kind, `after` when they are done": () => {
      const flow = extended(`extend: set, before: [${set("b", "b: 1")}], after: [${set("c", "c: 1")}]`, set("t", "x: 1"));
      const { run } = runFlow(flow);
      const kinds = run.steps.filter(({ kind }) => kind === "set").map(({ name }) => name);
      expect(kinds).toEqual(["b", "t", "c"]);
    },
    "`when` decides whether it applies": () => {
      const flow = extended(
        `extend: all, when: '$task.name == "a"', before: [${set("b", "b: 1")}]`,
        `${set("a", "x: 1")}, ${set("z", "y: 1")}`,
      );
      expect(names(flow).filter((name) => name === "b")).toHaveLength(1);
    },
  }),
  reference("Extension", {
    "`exit` in `before` skips the task, whose output is then what was given": () =>
      expect(output(extended(`extend: set, before: [${set("b", "mocked: true", "exit")}]`, set("t", "x: 1")))).toEqual({ mocked: true }),
    "the tasks of an extension are not extended themselves": () =>
      expect(names(extended(`extend: all, before: [${set("b", "b: 1")}]`, set("t", "x: 1"))).filter((name) => name === "b")).toHaveLength(
        1,
      ),
    "the task keeps its own input and output": () =>
      expect(
        output(extended(`extend: set, before: [${set("b", "b: 1")}], after: [${set("c", "c: 1")}]`, "t: { set: '${ .x + 1 }' }"), {
          input: { x: 1 },
        }),
      ).toBe(2),
    ...Object.fromEntries(
      (
        [
          ["call", "t: { call: http, with: { method: get, endpoint: https://service.test } }"],
          ["composite", "t: { do: [i: { set: { x: 1 } }] }"],
          ["emit", "t: { emit: { event: { with: { type: t } } } }"],
          ["for", "t: { for: { in: '[1]' }, do: [i: { set: { x: 1 } }] }"],
          ["listen", "t: { listen: { to: { any: [] } } }"],
          ["raise", "t: { raise: { error: { type: https://e.test/x, status: 400 } } }"],
          ["run", "t: { run: { shell: { command: 'true' } } }"],
          ["set", "t: { set: { x: 1 } }"],
          ["switch", "t: { switch: [d: { then: end }] }"],
          ["try", "t: { try: [i: { set: { x: 1 } }], catch: {} }"],
          ["wait", "t: { wait: PT1S }"],
        ] as const
      ).flatMap(([kind, task]) => [
        [
          `\`extend: ${kind}\` means the tasks of that kind`,
          () =>
            expect(names(extended(`extend: ${kind}, before: [${set("before", "b: 1")}]`, task), { events: [{ type: "a" }] })).toContain(
              "before",
            ),
        ],
      ]),
    ),
  }),
];
