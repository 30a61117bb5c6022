// Secrets: read where expressions read them, never recorded by the engine, never told in an error.
import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { decide } from "./decide.ts";
import { outstandingEffects } from "./outstanding.ts";
import { readSecrets, redact } from "./secrets.ts";
import { buildWorkflow } from "./testing/build.ts";
import { attempt, field, fn, http, raise, set, variable } from "./testing/specs.ts";
import { Scenario, scenario } from "./testing/scenario.ts";
import { someScope } from "./testing/scope.ts";

const secrets = { token: "hunter2", nested: { user: "admin-name", pin: 4711 } };
const top = { secrets: ["token", "nested", "gone"] };
const token = fn("$secrets.token", (_, v) => field(v["secrets"], "token"));

test("an expression reads a secret; a request that holds it is not in the log", () => {
  const run = new Scenario(buildWorkflow([{ name: "a", task: { kind: "http", body: token } }], top), { secrets }).start(1);
  expect(run.told).toContain('ask a POST https://service.test/ "hunter2"');
  expect(run.world.envelopes.join("")).not.toContain("hunter2");
});

test.each(["gone", "undeclared"])("reading the secret %j, which is missing, is an authorization error", (name) => {
  const run = scenario(
    [
      set(
        "a",
        fn("$secrets", (_, v) => field(v["secrets"], name)),
      ),
    ],
    1,
    top,
    { secrets: { ...secrets, undeclared: "x" } },
  );
  expect(run.error).toBe("authorization 403 at /do/0/a");
  expect(run.view.error?.detail).toBe(`The secret "${name}" is not there, or this workflow may not read it.`);
});

test("not even an expression that catches its errors hides a missing secret", () => {
  const hiding = fn("try", (_, v) => {
    void field(v["secrets"], "gone");
    throw new Error("something else");
  });
  expect(scenario([set("a", hiding)], 1, top, { secrets }).error).toBe("authorization 403 at /do/0/a");
});

test("an expression that does not read secrets does not look them up", () => {
  const facts = someScope().facts;
  const workflow = buildWorkflow([set("a", { constant: 1 })], top);
  const refusing = { ...facts, secret: () => expect.unreachable() };
  const { namespace, name, version } = workflow;
  const command = { type: "StartRun", runId: "run_1", tenant: "t", workflow: { namespace, name, version }, input: 1 } as const;
  expect(decide(workflow, null, command, refusing).ok).toBe(true);
});

test("errors do not tell secrets, whoever wrote them", () => {
  const telling = fn("error", (_, v) => {
    throw new Error(`cannot read ${JSON.stringify(v["secrets"])}`);
  });
  const failing = scenario([set("a", telling)], 1, { secrets: ["token", "nested"] }, { secrets });
  expect(failing.view.error?.detail).not.toMatch(/hunter2|admin-name|4711/);
  const run = new Scenario(buildWorkflow([http("a")], top), { secrets }).start(1);
  run.send({
    type: "FailWork",
    step: 1,
    fault: { kind: "communication", status: 401, title: "No", detail: "GET /?key=hunter2 was refused" },
  });
  expect(run.view.error?.detail).toBe("GET /?key=*** was refused");
  expect(run.world.envelopes.join("")).not.toContain("hunter2");
});

test("what a catch binds is redacted, too", () => {
  const run = new Scenario(buildWorkflow([attempt("try", [http("a")], { do: [set("handle", variable("error"))] })], top), {
    secrets,
  }).start(1);
  run.send({ type: "FailWork", step: 2, fault: { kind: "runtime", status: 500, title: "hunter2", detail: "pin 4711" } });
  expect(run.view.output).toMatchObject({ title: "***", detail: "pin ***" });
});

test("a longer secret is hidden before a shorter one within it", () => {
  const facts = { ...someScope().facts, secret: (name: string): Json => (name === "a" ? ["abc", "abcdef"] : null) };
  expect(redact("xabcdefx abc", buildWorkflow([], { secrets: ["a"] }), facts)).toBe("x***x ***");
});

test("the secrets of one workflow can be listed by name, and read like any object", () => {
  const facts = { ...someScope().facts, secret: (name: string) => ({ a: 1, b: "2" })[name] };
  const reader = readSecrets(buildWorkflow([], { secrets: ["a", "b"] }), facts);
  expect(Object.entries(reader.value)).toEqual([
    ["a", 1],
    ["b", "2"],
  ]);
  expect(Object.hasOwn(reader.value, "c")).toBe(true);
  expect(reader.missing()).toBe("c");
});

test("an expression that gives all secrets gives a plain object, and faults where one is missing", () => {
  const run = scenario([set("a", variable("secrets"))], 1, { secrets: ["token", "nested"] }, { secrets });
  expect(run.view.output).toEqual(secrets);
  expect(Object.hasOwn(run.view.output as object, "other")).toBe(false);
  expect(run.world.state?.output).toEqual(secrets);
  expect(Object.hasOwn(run.world.state?.output as object, "other")).toBe(false);
  expect(scenario([set("a", variable("secrets"))], 1, top, { secrets }).error).toBe("authorization 403 at /do/0/a");
});

test("a secret that is gone after a restart faults the step that needs it, when its work is asked for again", () => {
  const run = new Scenario(buildWorkflow([{ name: "a", task: { kind: "http", body: token } }], top), { secrets }).start(1);
  const { workflow, state, facts } = run.world;
  const effects = state && outstandingEffects(workflow, state, { ...facts, secret: () => undefined });
  expect(effects).toEqual([
    { type: "sendCommand", command: { type: "FailWork", step: 1, fault: expect.objectContaining({ status: 403 }) } },
  ]);
});

test("a raised error is redacted", () => {
  expect(scenario([raise("a", "urn:a")], 1, top, { secrets }).view.error).toEqual({ type: "urn:a", status: 500, instance: "/do/0/a" });
});
