import { describe, expect, test } from "vitest";
import { err, ok, seededRandom, type Json } from "@baton/core";
import type { NewJob } from "../definition.ts";
import { maxPayloadBytes } from "../limits.ts";
import type { FieldProblem } from "./fields.ts";
import { readSubmission, type ReadingFacts } from "./submission.ts";

const calls = { labels: [{ key: "function/square", operator: "exists" as const }] };
const facts: ReadingFacts = {
  now: 1_700_000_000_000,
  random: seededRandom(1),
  resources: () => new Set(["cpu", "memory", "disk", "gpu"]),
  queueOf: (tenant) => ok(`${tenant}-queue`),
  hasNodeWith: () => true,
  mayFitLater: () => false,
  functionOf: ({ function: name, version }) =>
    name === "square"
      ? ok({ version: version === "" ? "3" : version, constraints: calls })
      : err({ code: "function-not-registered", detail: "there is no function; did you mean square?" }),
};

function jobsOf(value: Json): readonly NewJob[] {
  const read = readSubmission(value, facts);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}

function problemsOf(value: Json): readonly FieldProblem[] {
  const read = readSubmission(value, facts);
  return read.ok ? [] : read.error;
}

test("jobs that differ in their payloads alone are read as if each came by itself", () => {
  const like = { function: "square", queue: "q", environment: { A: "1" }, retries: { failed: 2 } };
  const written: Json[] = [1, null, "x", { a: [1] }].map((payload) => ({ ...like, payload }));
  const all: Json[] = [...written, like, { ...like, retries: { failed: 3 } }, { ...like, name: "n" }, { ...like, name: "m" }, like];
  expect(jobsOf({ jobs: all })).toEqual(all.flatMap((one, i) => jobsOf(one).map((job) => ({ ...job, at: `/jobs/${i}` }))));
});

test("what is wrong with such a job's payload is told of it", () => {
  const contract = { code: "function-input-invalid", detail: "the payload is no number" } as const;
  const picky: ReadingFacts = {
    ...facts,
    functionOf: (call, payload) => (payload === "x" ? err(contract) : facts.functionOf(call, payload)),
  };
  const jobs = [1, "x", 2, "y".repeat(maxPayloadBytes + 1), 3].map((payload) => ({ function: "square", payload }));
  const read = readSubmission({ jobs }, picky);
  expect(read.ok ? [] : read.error.map(({ pointer, code }) => [pointer, code])).toEqual([
    ["/jobs/3/payload", "payload-too-large"],
    ["/jobs/1/payload", "function-input-invalid"],
  ]);
});

test("a job with every field is read into what the scheduler and the node are told", () => {
  const [job] = jobsOf({
    command: ["make", "all"],
    name: "build",
    payload: [1],
    environment: { MODE: "fast" },
    tenant: "shop",
    priority: 90,
    weight: 2,
    resources: { cpu: 1.5, memory: "1Gi", gpu: 1, "license/x": 2 },
    limits: { pids: 64 },
    expectedDuration: "5m",
    timeout: "PT1H",
    deadline: "2026-12-24T18:00:00Z",
    notBefore: "2026-12-24T12:00:00Z",
    after: ["job_1"],
    labels: { app: "x" },
    constraints: {
      pools: ["a"],
      labels: [
        { key: "disk", values: ["ssd"] },
        { key: "old", operator: "absent" },
      ],
    },
    retries: { failed: 3, lost: 1, delay: "10s" },
    preemptible: false,
    inputSize: 7,
  });
  expect(job).toEqual({
    at: "",
    name: "build",
    after: ["job_1"],
    definition: {
      work: { kind: "command", command: ["make", "all"] },
      payload: [1],
      environment: { MODE: "fast" },
      timeoutMs: 3_600_000,
      pids: 64,
      retries: { failed: 3, lost: 1, delayMs: 10_000 },
      placement: {
        queue: "shop-queue",
        requests: { cpu: 1_500, memory: 2 ** 30, gpu: 1, "license/x": 2 },
        limitMs: 3_600_000,
        expectedMs: 300_000,
        priority: 90,
        weight: 2,
        deadline: Date.parse("2026-12-24T18:00:00Z"),
        notBefore: Date.parse("2026-12-24T12:00:00Z"),
        labels: { app: "x" },
        constraints: {
          pools: ["a"],
          labels: [
            { key: "disk", operator: "in", values: ["ssd"] },
            { key: "old", operator: "absent" },
          ],
        },
        preemptible: false,
        inputSize: 7,
        predictionKey: "command make",
      },
    },
  });
});

test("labels of nodes may be written as names and values, which must all hold", () => {
  const [job] = jobsOf({ command: ["true"], constraints: { labels: { disk: "ssd", zone: "a" } } });
  expect(job?.definition.placement.constraints?.labels).toEqual([
    { key: "disk", operator: "in", values: ["ssd"] },
    { key: "zone", operator: "in", values: ["a"] },
  ]);
  expect(problemsOf({ command: ["true"], constraints: { labels: { disk: 3 } } })).toMatchObject([{ pointer: "/constraints/labels" }]);
});

test("scripts and functions; a function takes a place of a worker, a process a core", () => {
  const jobs = jobsOf({
    jobs: [
      { script: { language: "js", code: "1", arguments: ["a"] } },
      { function: "square:1.0.0" },
      { function: { name: "square", version: "2" }, resources: { cpu: "500m" } },
      { function: "square" },
    ],
  });
  expect(jobs.map(({ definition }) => [definition.work, definition.placement.requests])).toEqual([
    [{ kind: "script", language: "js", code: "1", arguments: ["a"] }, { cpu: 1_000 }],
    [{ kind: "function", function: "square", version: "1.0.0" }, { slots: 1 }],
    [
      { kind: "function", function: "square", version: "2" },
      { slots: 1, cpu: 500 },
    ],
    [{ kind: "function", function: "square", version: "3" }, { slots: 1 }],
  ]);
});

test("arrays are counted out, and who waits for one waits for all of it; gangs know their size", () => {
  const jobs = jobsOf({
    jobs: [
      { name: "map", command: ["m"], array: { count: 2, maxRunning: 1 } },
      { name: "reduce", command: ["r"], after: ["map"] },
      { command: ["x"], gang: "g" },
      { command: ["y"], gang: { name: "g", size: 2 } },
    ],
  });
  expect(jobs.map(({ name, after }) => [name, after])).toEqual([
    ["map.0", []],
    ["map.1", []],
    ["reduce", ["map.0", "map.1"]],
    [null, []],
    [null, []],
  ]);
  expect(jobs.slice(0, 2).map(({ definition }) => definition.environment["BATON_ARRAY_INDEX"])).toEqual(["0", "1"]);
  const gangs = jobs.slice(3).map(({ definition }) => definition.placement.gang);
  expect(gangs[0]).toMatchObject({ size: 2 });
  expect(gangs[1]).toEqual(gangs[0]);
});

describe("what is wrong is told with its place", () => {
  const command = ["true"];
  test.each<[string, Json, string, RegExp]>([
    ["no object", [1], "", /a submission is an object/],
    ["no work", { name: "x" }, "", /needs one of command, script, container, function/],
    ["two kinds of work", { command, function: "f" }, "", /command and function/],
    ["an unknown field", { comand: command }, "/comand", /did you mean command\?/],
    ["an empty command", { command: [] }, "/command", /must name a program/],
    ["a language", { script: { language: "ruby", code: "1" } }, "/script/language", /js, python/],
    ["a function's name", { function: "9 lives" }, "/function", /such as "square"/],
    ["a function that is not there", { function: "sqare" }, "/function", /did you mean square/],
    ["an amount", { command, resources: { memory: "1 GB" } }, "/resources/memory", /"1 GB" is not a number of bytes/],
    ["no processes", { command, limits: { pids: 0 } }, "/limits/pids", /from 1 to 4194304/],
    ["a limit that is asked for", { command, limits: { memory: "1Gi" } }, "/limits/memory", /did you mean resources.memory\?/],
    ["a word of elsewhere", { command, dependsOn: ["a"] }, "/dependsOn", /did you mean after\?/],
    ["a limit of a function", { function: "square", limits: { pids: 5 } }, "/limits", /shares the processes of its worker/],
    ["a priority", { command, priority: 101 }, "/priority", /from 0 to 100/],
    ["a duration", { command, timeout: "soon" }, "/timeout", /such as "30s"/],
    ["a timeout of nothing", { command, timeout: "0s" }, "/timeout", /above 0/],
    ["an instant", { command, deadline: "tomorrow" }, "/deadline", /must be an instant/],
    ["an instant somewhere", { command, deadline: "2026-12-24T18:00:00" }, "/deadline", /no time zone: write "2026-12-24T18:00:00Z"/],
    ["a variable", { command, environment: { "A-B": "c" } }, "/environment", /"A-B" is not a name/],
    ["too many retries", { command, retries: 101 }, "/retries", /from 0 to 100/],
    [
      "an unknown name",
      {
        jobs: [
          { name: "build", command },
          { command, after: ["biuld"] },
        ],
      },
      "/jobs/1/after",
      /did you mean build\?/,
    ],
    [
      "a name twice",
      {
        jobs: [
          { name: "a", command },
          { name: "a", command },
        ],
      },
      "/jobs/1/name",
      /two jobs called a/,
    ],
    ["a gang in part", { jobs: [{ command, gang: { name: "g", size: 3 } }] }, "/jobs/0/gang", /to have 3 members, but 1/],
    ["no jobs", { jobs: [] }, "/jobs", /at least one/],
    ["a job that is none", { jobs: ["x"] }, "/jobs/0", /must be an object/],
    ["an array that is too large", { command, array: 10_001 }, "/array", /from 1 to 10000/],
    [
      "too many jobs",
      {
        jobs: [
          { command, array: 9_000 },
          { command, array: 2_000 },
        ],
      },
      "",
      /11000 jobs; at most 10000/,
    ],
    ["a large payload", { command, payload: "x".repeat(maxPayloadBytes) }, "/payload", /more than the 256 KiB that are taken/],
    [
      "a large environment",
      { command, environment: { A: "x".repeat(maxPayloadBytes) } },
      "/environment",
      /more than the 256 KiB that are taken/,
    ],
    ["a condition", { command, constraints: { labels: [{ key: "a" }] } }, "/constraints/labels/0/values", /in needs values/],
    [
      "an operator",
      { command, constraints: { labels: [{ key: "a", operator: "is" }] } },
      "/constraints/labels/0/operator",
      /one of in, not-in/,
    ],
  ])("%s", (_, value, pointer, detail) => {
    const problems = problemsOf(value);
    expect(problems).toContainEqual(expect.objectContaining({ pointer, detail: expect.stringMatching(detail) as string }) as FieldProblem);
  });

  test("a payload over its limit has a code of its own", () => {
    const codes = problemsOf({ command, payload: "x".repeat(maxPayloadBytes) }).map(({ code }) => code);
    expect(codes).toEqual(["payload-too-large"]);
  });

  test("a tenant that is not there", () => {
    const read = readSubmission({ command, tenant: "x" }, { ...facts, queueOf: () => ({ ok: false, error: "there is no tenant x" }) });
    expect(read).toEqual({ ok: false, error: [{ pointer: "/tenant", detail: "there is no tenant x" }] });
  });
});
