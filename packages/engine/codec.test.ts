import { expect, test } from "vitest";
import { decodeEvents, encodeEvents } from "./codec.ts";
import type { WorkflowEvent } from "./events.ts";
import { decodeState, encodeState } from "./snapshot.ts";
import { buildWorkflow } from "./testing/build.ts";
import { attempt, fork, http, list, loop, constant } from "./testing/specs.ts";
import { scenario } from "./testing/scenario.ts";

const error = { type: "urn:a", status: 500, instance: "/do/0" };
const events: readonly WorkflowEvent[] = [
  {
    type: "RunStarted",
    at: 5,
    runId: "run_1",
    tenant: "t",
    workflow: { namespace: "n", name: "w", version: "1.0.0" },
    raw: null,
    depth: 0,
  },
  {
    type: "RunStarted",
    at: 5,
    runId: "r",
    tenant: "t",
    workflow: { namespace: "n", name: "w", version: "1" },
    raw: 1,
    input: null,
    deadline: 9,
    parent: { runId: "p", step: 2 },
    depth: 1,
  },
  { type: "StepStarted", at: 5, step: 1, parent: 0, index: 0 },
  { type: "StepStarted", at: 5, step: 1, parent: 0, index: 0, deadline: 7 },
  { type: "StepSkipped", at: 5, step: 2, parent: 0, index: 1 },
  { type: "StepCompleted", at: 5, step: 1 },
  { type: "StepCompleted", at: 5, step: 1, output: null },
  { type: "StepCompleted", at: 5, step: 1, context: 0, chosen: 0 },
  { type: "StepFaulted", at: 5, step: 1, error },
  { type: "WaitStarted", at: 5, step: 1, until: 6 },
  { type: "SubRunNamed", at: 5, step: 1, runId: "run_2" },
  { type: "FunctionEntered", at: 5, step: 1, arguments: [] },
  { type: "LoopEntered", at: 5, step: 1, items: [[]] },
  { type: "IterationStarted", at: 5, step: 1 },
  { type: "AttemptStarted", at: 5, step: 1, attempt: 2, limit: 9 },
  { type: "AttemptTimedOut", at: 5, step: 1, error, last: false },
  { type: "RetryScheduled", at: 5, step: 1, until: 9 },
  { type: "ErrorCaught", at: 5, step: 1 },
  { type: "RunSuspended", at: 5 },
  { type: "RunResumed", at: 5 },
  { type: "AnswerDeferred", at: 5, answer: { type: "FireTimer", timer: "wait:1" } },
  { type: "AnswerTaken", at: 5 },
  { type: "RunCompleted", at: 5, output: false },
  { type: "RunFaulted", at: 5, error },
  { type: "RunCancelled", at: 5, reason: "why" },
  { type: "RunCancelled", at: 5, terminated: true },
];

test("every event comes back as it was, absent fields absent and null null", () => {
  expect(decodeEvents(encodeEvents(events))).toEqual(events);
  expect(new Set(events.map(({ type }) => type)).size).toBe(21);
});

test("the envelope of a step that follows another is small", () => {
  const { envelopes } = scenario([http("a"), http("b")], null).complete("a").world;
  expect(envelopes[1]).toBe('{"v":1,"t":1767225600000,"e":[[4,1],[2,2,0,1]]}');
});

test.each([
  ["", "envelope-corrupt"],
  ["[]", "envelope-corrupt"],
  ['{"v":1}', "envelope-corrupt"],
  ['{"v":1,"t":1,"e":[[99]]}', "envelope-corrupt"],
  ['{"v":1,"t":1,"e":[[2,1]]}', "envelope-corrupt"],
  ['{"v":2,"t":1,"e":[]}', "envelope-version-unknown"],
])("%j is refused as %s", (text, code) => {
  expect(() => decodeEvents(text)).toThrow(expect.objectContaining({ code }));
});

test("a snapshot writes a value that many steps share once", () => {
  const data = { large: "x".repeat(1000) };
  const { world } = scenario(
    [list("a", [list("b", [attempt("c", [loop("d", constant([1]), [fork("e", [http("f"), http("g")])])])])])],
    data,
  );
  const text = encodeState(world.state ?? expect.unreachable());
  expect(text.split(data.large)).toHaveLength(2);
  expect(decodeState(world.workflow, text)).toEqual(world.state);
});

test("a snapshot of another version, or a damaged one, is not read: the events are there", () => {
  const workflow = buildWorkflow([]);
  for (const text of ["", "5", "{}", '{"v":0,"values":[],"frames":[]}', '{"v":1,"values":{}}'])
    expect(decodeState(workflow, text)).toBe(null);
});
