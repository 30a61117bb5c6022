import { assert, type Json } from "@baton/core";
import { compileWorkflow } from "@baton/dsl";
import { expect, test } from "vitest";
import { approvalsOf } from "./approvals.ts";
import type { RunState } from "./state.ts";
import { Scenario } from "./testing/scenario.ts";

/** A run of one listen that a person answers, and a task behind it. */
function asked(to: string, more = "", input: Json = { amount: 7 }): Scenario {
  const compiled = compileWorkflow(`document: { dsl: '1.0.3', namespace: n, name: f, version: '1.0.0' }
do:
  - decide:
      listen: { to: ${to} ${more} }
      timeout: { after: PT1H }
      metadata: { baton: { approval: { title: Release?, role: manager } } }
  - done: { set: { got: '\${ . }' } }`);
  assert(compiled.ok, `Expected a workflow, but got ${JSON.stringify(compiled)}.`);
  return new Scenario(compiled.workflow).start(input);
}

function answer(run: Scenario, approved: boolean, step = 1): Scenario {
  return run.send({ type: "AnswerApproval", step, eventId: "evt_1", answer: { approved, by: "ada", reason: "fine" } });
}

function refusal(run: Scenario, approved = true, step = 1): string {
  const decision = run.world.decide({ type: "AnswerApproval", step, eventId: "evt_1", answer: { approved, by: "ada" } });
  return decision.ok ? "taken" : decision.rejected.code;
}

const one = "{ one: { with: { type: com.example.decided } } }";

test("a run says what it waits for, who is meant to answer, and until when", () => {
  const run = asked(one);
  expect(run.view.steps[0]?.waiting).toEqual({ reason: "waiting.approval" });
  const [pending, ...more] = approvalsOf(run.world.state as RunState);
  expect(more).toEqual([]);
  expect(pending).toMatchObject({ step: 1, name: "decide", title: "Release?", role: "manager", input: { amount: 7 } });
  expect((pending?.until ?? 0) - (pending?.since ?? 0)).toBe(3_600_000);
});

test("an answer is an event of the type that the task listens to", () => {
  const run = answer(asked(one), true);
  expect(run.view.output).toEqual({ got: [{ approved: true, by: "ada", reason: "fine" }] });
  const whole = answer(asked(one, ", read: envelope"), false);
  expect(whole.view.output).toMatchObject({
    got: [{ id: "evt_1", type: "com.example.decided", source: "/approvals", data: { approved: false, by: "ada" } }],
  });
});

test("filters choose: by what was decided, whatever their events are called and how they correlate", () => {
  const no = "{ with: { type: no, source: /desk, data: '${ .approved | not }' } }";
  const yes = "{ with: { type: yes, data: '${ .approved }' }, correlate: { order: { from: '${ .data.order }', expect: '7' } } }";
  const both = `{ any: [${no}, ${yes}] }`;
  expect(answer(asked(both, ", read: envelope"), true).view.output).toMatchObject({ got: [{ type: "yes" }] });
  expect(answer(asked(both, ", read: envelope"), false).view.output).toMatchObject({ got: [{ type: "no", source: "/desk" }] });
});

test("several may have to answer: of `all`, each filter takes one", () => {
  const run = asked("{ all: [{ with: { type: first } }, { with: { type: second } }] }", ", read: envelope");
  answer(run, true);
  expect(run.view.status).toBe("waiting");
  expect(answer(run, true).view.output).toMatchObject({ got: [{ type: "first" }, { type: "second" }] });
});

test("any event does, where the task listens to any", () => {
  expect(answer(asked("{ any: [] }", ", read: envelope"), true).view.output).toMatchObject({ got: [{ type: "io.baton.approval.v1" }] });
});

test("an answer that nobody waits for, or that no filter takes, is refused and changes nothing", () => {
  const run = asked(one);
  expect(refusal(run, true, 2)).toBe("approval-unknown");
  expect(refusal(asked("{ one: { with: { type: yes, data: '${ .approved }' } } }"), false)).toBe("approval-not-taken");
  expect(refusal(asked("{ one: { with: { type: yes, subject: '${ startswith(\"x\") }' } } }"))).toBe("approval-not-taken");
  expect(refusal(asked(one).suspend())).toBe("approval-suspended");
  expect(refusal(answer(run, true))).toBe("run-final");
});

test("an approval that nobody gives in time faults the task like any other", () => {
  expect(asked(one).fire().error).toBe("timeout 408 at /do/0/decide");
});
