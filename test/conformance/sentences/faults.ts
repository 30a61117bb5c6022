// Errors, retries and timeouts: raise and try among them.
import { expect } from "vitest";
import { failed, runFlow } from "../run-flow.ts";
import { accepts, call, dsl, error, names, output, reference, refuses, standard } from "../section.ts";

const down = { work: () => failed(503) };
const catching = (rest: string): string => `do: [t: { try: [a: ${call}], catch: ${rest} }]`;
const caught = (rest: string): string => runFlow(catching(rest), down).run.status;
const retrying = (policy: string): ReturnType<typeof runFlow> => runFlow(catching(`{ retry: ${policy} }`), down);
const seconds = (policy: string): number => retrying(policy).elapsed / 1000;
const raising = (rest: string, tail = ""): string => `do: [a: { raise: { error: { ${rest} } } }]${tail}`;

const kinds: readonly (readonly [string, string, number])[] = [
  ["expression", "do: [a: { set: '${ error }' }]", 400],
  ["validation", "do: [a: { input: { schema: { document: { type: string } } }, set: { x: 1 } }]", 400],
  ["timeout", "do: [a: { timeout: { after: PT1S }, wait: PT1H }]", 408],
  ["communication", `do: [a: ${call}]`, 503],
  ["authorization", "use: { secrets: [key] }\ndo: [a: { set: '${ $secrets.key }' }]", 403],
];

export const faultSections = [
  dsl("Errors", {
    "an error is a problem description whose instance is the JSON Pointer of what raised it": () => {
      const flow = "do: [a: { do: [b: { raise: { error: { type: https://e.test/x, status: 418, title: Tea, detail: none } } }] }]";
      const expected = { type: "https://e.test/x", status: 418, title: "Tea", detail: "none", instance: "/do/0/a/do/0/b" };
      expect(error(flow)).toEqual(expected);
    },
  }),
  dsl("Retries", {
    "a task that failed for the time being is tried again, as often as the policy says": () => {
      const flow = catching(
        "{ errors: { with: { status: 503 } }, retry: { delay: PT3S, backoff: { linear: {} }, limit: { attempt: { count: 5 } } } }",
      );
      const outcome = runFlow(flow, down);
      expect([outcome.asked.length, outcome.elapsed]).toEqual([6, (3 + 6 + 9 + 12 + 15) * 1000]);
    },
    "an error that the filter lets pass is not retried": () =>
      expect(
        runFlow(catching("{ errors: { with: { status: 504 } }, retry: { limit: { attempt: { count: 5 } } } }"), down).asked,
      ).toHaveLength(1),
  }),
  dsl("Timeouts", {
    "a timeout interrupts a task at once, and its error faults the task and the run": () => {
      const outcome = runFlow("do: [a: { timeout: { after: PT5S }, do: [b: { wait: PT1H }] }]");
      expect(outcome.run.steps.map(({ status }) => status)).toEqual(["faulted", "cancelled"]);
      expect([outcome.run.status, outcome.elapsed]).toEqual(["faulted", 5000]);
    },
    "and so a whole workflow": () => {
      const outcome = runFlow("timeout: { after: PT5S }\ndo: [b: { wait: PT1H }]");
      expect([outcome.run.status, outcome.elapsed]).toEqual(["faulted", 5000]);
    },
    "the error's type is timeout, its status 408": () =>
      expect(error("timeout: { after: PT5S }\ndo: [b: { wait: PT1H }]")).toMatchObject({ type: standard("timeout"), status: 408 }),
    "it can be caught": () =>
      expect(
        output(
          `do: [t: { try: [a: { timeout: { after: PT5S }, wait: PT1H }], catch: { errors: { with: { type: ${standard("timeout")} } }, do: [c: { set: { ok: 1 } }] } }]`,
        ),
      ).toEqual({ ok: 1 }),
  }),
  reference("Timeout", {
    "`after` is how long the workflow or the task may take": () => {
      expect(runFlow("timeout: { after: { seconds: 30 } }\ndo: [w: { wait: { seconds: 60 } }]").elapsed).toBe(30_000);
      expect(runFlow("timeout: { after: { seconds: 60 } }\ndo: [w: { wait: { seconds: 30 } }]").run.status).toBe("completed");
    },
  }),
  reference("Error", {
    "type and status are always set": () => {
      refuses(raising("status: 400"), "missing-key");
      refuses(raising("type: https://e.test/x"), "missing-key");
    },
    "the runtime sets the instance, an index and a name for each level": () =>
      expect(error(`do: [x: { set: { z: 1 } }, t: { try: [a: { do: [b: ${call}] }], catch: { when: .no } }]`, down)).toMatchObject({
        instance: "/do/1/t/try/0/a/do/0/b",
      }),
    "so wherever a task stands": () => {
      const raise = "r: { raise: { error: { type: https://e.test/x, status: 400 } } }";
      const places: readonly (readonly [string, string])[] = [
        [`do: [l: { for: { in: '[1]' }, do: [${raise}] }]`, "/do/0/l/do/0/r"],
        [`do: [f: { fork: { branches: [${raise}] } }]`, "/do/0/f/fork/branches/0/r"],
        [`do: [t: { try: [${raise}], catch: { when: .no } }]`, "/do/0/t/try/0/r"],
        [`do: [t: { try: [${raise}], catch: { do: [${raise}] } }]`, "/do/0/t/catch/do/0/r"],
        [`do: [l: { listen: { to: { any: [] } }, foreach: { do: [${raise}] } }]`, "/do/0/l/foreach/do/0/r"],
        [`do: ['a/b~c': { do: [${raise}] }]`, "/do/0/a~1b~0c/do/0/r"],
      ];
      for (const [flow, instance] of places) expect(error(flow, { events: [{ data: 1 }] })).toMatchObject({ instance });
    },
    "title and detail may be expressions": () =>
      expect(
        error(raising("type: https://e.test/x, status: 400, title: '${ .t }', detail: '${ .d }'"), { input: { t: "T", d: "D" } }),
      ).toMatchObject({ title: "T", detail: "D" }),
  }),
  reference("Standard Error Types", {
    ...Object.fromEntries(
      kinds.map(([kind, flow, status]) => [
        `what fails so has the type ${kind}, with status ${status} here`,
        () => expect(error(flow, down)).toMatchObject({ type: standard(kind), status, instance: "/do/0/a" }),
      ]),
    ),
    "a standard type is caught under its present and under its former addresses": () => {
      const bases = [
        "https://open-workflow-specification.org/spec/1.0.0/errors",
        "https://open-workflow-specification.org/dsl/errors/types",
        "https://serverlessworkflow.io/spec/1.0.0/errors",
        "https://serverlessworkflow.io/dsl/errors/types",
      ];
      for (const base of bases) expect(caught(`{ errors: { with: { type: ${base}/communication } } }`)).toBe("completed");
    },
  }),
  reference("Raise", {
    "an error is raised, and faults the run where nothing catches it": () =>
      expect(error(raising("type: https://e.test/x, status: 400"))).toMatchObject({ type: "https://e.test/x", status: 400 }),
    "its type is the one that is written, under the present and the former addresses": () => {
      for (const base of ["open-workflow-specification.org", "serverlessworkflow.io"]) {
        const type = `https://${base}/spec/1.0.0/errors/authentication`;
        expect(error(raising(`type: ${type}, status: 401`))).toMatchObject({ type });
      }
    },
    "a text names a reusable error": () => {
      const flow =
        "use: { errors: { mine: { type: https://e.test/x, status: 400, detail: '${ .why }' } } }\ndo: [a: { raise: { error: mine } }]";
      expect(error(flow, { input: { why: "so" } })).toMatchObject({ detail: "so", instance: "/do/0/a" });
      refuses("do: [a: { raise: { error: nowhere } }]", "unknown-reference");
    },
    "a raised error can be caught": () =>
      expect(
        output(
          "do: [t: { try: [a: { raise: { error: { type: https://e.test/x, status: 400 } } }], catch: { do: [c: { set: '${ $error.status }' }] } }]",
        ),
      ).toBe(400),
  }),
  reference("Try", {
    "its tasks are performed, and their output is its own": () =>
      expect(output("do: [t: { try: [a: { set: { x: 1 } }, b: { set: '${ .x + 1 }' }], catch: {} }]")).toBe(2),
    "an error in them can be caught, and the workflow goes on": () =>
      expect(names(`do: [t: { try: [a: ${call}, b: { set: { z: 1 } }], catch: {} }, c: { set: { ok: 1 } }]`, down)).toEqual([
        "t",
        "a",
        "c",
      ]),
    "an error that it does not catch goes further up": () => {
      const flow = `do: [o: { try: [i: { try: [a: ${call}], catch: { errors: { with: { status: 1 } } } }], catch: { do: [c: { set: '\${ $error.instance }' }] } }]`;
      expect(output(flow, down)).toBe("/do/0/o/try/0/i/try/0/a");
    },
  }),
  reference("Catch", {
    "`errors.with` catches the errors whose properties are equal": () => {
      expect(caught("{ errors: { with: { status: 503 } } }")).toBe("completed");
      expect(caught("{ errors: { with: { status: 500 } } }")).toBe("faulted");
      expect(caught(`{ errors: { with: { type: ${standard("communication")} } } }`)).toBe("completed");
      expect(caught(`{ errors: { with: { type: ${standard("timeout")} } } }`)).toBe("faulted");
      expect(caught("{ errors: { with: { instance: /do/0/t/try/0/a } } }")).toBe("completed");
      expect(caught("{ errors: { with: { title: Failed, status: 503 } } }")).toBe("completed");
      expect(caught("{ errors: { with: { title: Failed, status: 500 } } }")).toBe("faulted");
    },
    "the error is bound to the name of `as`": () =>
      expect(output(catching("{ as: e, do: [h: { set: '${ $e.status }' }] }"), down)).toBe(503),
    "which is `error` where none is given": () => expect(output(catching("{ do: [h: { set: '${ $error.status }' }] }"), down)).toBe(503),
    "`when` decides whether an error is caught": () => {
      expect(caught("{ when: $error.status == 503 }")).toBe("completed");
      expect(caught("{ when: $error.status == 500 }")).toBe("faulted");
    },
    "they are asked of the error itself": () => {
      expect(caught("{ when: .status == 503 }")).toBe("completed");
      expect(caught("{ when: .status == 500 }")).toBe("faulted");
      expect(caught("{ exceptWhen: '${ .status == 503 }' }")).toBe("faulted");
    },
    "`exceptWhen` decides which are not": () => {
      expect(caught("{ exceptWhen: $error.status == 503 }")).toBe("faulted");
      expect(caught("{ exceptWhen: $error.status == 500 }")).toBe("completed");
    },
    "`retry` tries again, inline or by the name of a reusable policy": () => {
      const named = `use: { retries: { twice: { limit: { attempt: { count: 2 } } } } }\n${catching("{ retry: twice }")}`;
      expect(runFlow(named, down).asked).toHaveLength(3);
      expect(retrying("{ limit: { attempt: { count: 2 } } }").asked).toHaveLength(3);
      refuses(catching("{ retry: nowhere }"), "unknown-reference");
    },
    "`do` runs when an error is caught": () => expect(names(catching("{ do: [h: { set: { z: 1 } }] }"), down)).toEqual(["t", "a", "h"]),
    "it runs once, after the retries": () =>
      expect(names(catching("{ retry: { limit: { attempt: { count: 1 } } }, do: [h: { set: { z: 1 } }] }"), down)).toEqual([
        "t",
        "a",
        "a",
        "h",
      ]),
    "`then` leads on after an error was caught, and only then": () => {
      const flow = `do: [t: { try: [a: ${call}], catch: { do: [h: { set: { h: 1 } }], then: failed } }, fine: { set: { is: fine }, then: end }, failed: { set: '\${ . + { is: "failed" } }' }]`;
      expect(output(flow, down)).toEqual({ h: 1, is: "failed" });
      expect(output(flow)).toEqual({ is: "fine" });
    },
    "the former name `details` of the filter is understood as `detail`": () =>
      expect(
        output(
          "do: [t: { try: [a: { raise: { error: { type: https://e.test/x, status: 400, detail: so } } }], catch: { errors: { with: { details: so } } } }, b: { set: { ok: 1 } }]",
        ),
      ).toEqual({ ok: 1 }),
  }),
  reference("Retry", {
    "`when` decides whether to try again": () => {
      expect(retrying("{ when: $error.status == 503, limit: { attempt: { count: 2 } } }").asked).toHaveLength(3);
      expect(retrying("{ when: $error.status == 500, limit: { attempt: { count: 2 } } }").asked).toHaveLength(1);
      expect(retrying("{ when: .status == 503, limit: { attempt: { count: 2 } } }").asked).toHaveLength(3);
    },
    "`exceptWhen` decides when not": () => {
      expect(retrying("{ exceptWhen: $error.status == 503, limit: { attempt: { count: 2 } } }").asked).toHaveLength(1);
      expect(retrying("{ exceptWhen: $error.status == 500, limit: { attempt: { count: 2 } } }").asked).toHaveLength(3);
    },
    "`delay` is waited before each retry": () => expect(seconds("{ delay: { seconds: 3 }, limit: { attempt: { count: 3 } } }")).toBe(9),
    "a retry that succeeds ends the retrying": () => {
      const outcome = runFlow(catching("{ retry: { delay: PT1S, limit: { attempt: { count: 5 } } } }"), {
        work: (_, number) => (number < 2 ? failed(503) : { output: "at last" }),
      });
      expect([outcome.run.output, outcome.asked.length]).toEqual(["at last", 3]);
    },
  }),
  reference("Retry Limit", {
    "`attempt.count` bounds how often": () => expect(retrying("{ limit: { attempt: { count: 4 } } }").asked).toHaveLength(5),
    "`attempt.duration` bounds how long one attempt may take": () => {
      const flow = "do: [t: { try: [a: { wait: PT1H }], catch: { retry: { limit: { attempt: { count: 2, duration: PT5S } } } } }]";
      expect(runFlow(flow).elapsed).toBe(15_000);
    },
    "`duration` bounds how long the retrying may take in all": () =>
      expect(seconds("{ delay: PT4S, limit: { duration: PT10S } }")).toBeLessThanOrEqual(10),
  }),
  reference("Backoff", {
    "constant: the same delay every time": () =>
      expect(seconds("{ delay: PT3S, backoff: { constant: {} }, limit: { attempt: { count: 3 } } }")).toBe(9),
    "linear: each delay longer by the same": () =>
      expect(seconds("{ delay: PT3S, backoff: { linear: {} }, limit: { attempt: { count: 3 } } }")).toBe(3 + 6 + 9),
    "exponential: each delay a multiple of the one before": () =>
      expect(seconds("{ delay: PT3S, backoff: { exponential: {} }, limit: { attempt: { count: 3 } } }")).toBe(3 + 6 + 12),
  }),
  reference("Jitter", {
    "a random time between `from` and `to` is added to the delay": () => {
      const waited = seconds("{ delay: PT10S, jitter: { from: PT1S, to: PT2S }, limit: { attempt: { count: 1 } } }");
      expect(waited).toBeGreaterThanOrEqual(11);
      expect(waited).toBeLessThanOrEqual(12);
    },
    "both ends are required": () =>
      refuses(catching("{ retry: { jitter: { from: PT1S }, limit: { attempt: { count: 1 } } } }"), "missing-key"),
  }),
  reference("Use", {
    "errors, retries, timeouts, functions, authentications, secrets, catalogs and extensions can be declared once and used by name": () =>
      accepts(`use:
  errors: { e: { type: https://e.test/x, status: 400 } }
  retries: { r: { limit: { attempt: { count: 2 } } } }
  timeouts: { t: { after: PT1S } }
  functions: { f: { set: { x: 1 } } }
  authentications: { p: { bearer: { use: s } } }
  secrets: [s]
  extensions: [{ x: { extend: raise, before: [b: { set: { z: 1 } }] } }]
do: [a: { timeout: t, try: [b: { call: f }, c: { raise: { error: e } }], catch: { retry: r } },
     d: { call: http, with: { method: get, endpoint: { uri: https://service.test, authentication: { use: p } } } }]`),
  }),
];
