import { expect, test } from "vitest";
import { err, ok, seededRandom, type Json, type JsonObject } from "@baton/core";
import type { NewJob } from "../definition.ts";
import type { FieldProblem } from "./fields.ts";
import { readSubmission } from "./submission.ts";

function read(value: Json, hasEngine = true): ReturnType<typeof readSubmission> {
  const none = err({ code: "function-not-registered" as const, detail: "" });
  const facts = {
    now: 1,
    random: seededRandom(1),
    resources: () => new Set<string>(),
    queueOf: () => ok("default"),
    functionOf: () => none,
  };
  return readSubmission(value, { ...facts, hasNodeWith: () => hasEngine, mayFitLater: () => false });
}

function jobOf(value: Json): NewJob {
  const found = read(value);
  if (!found.ok) throw new Error(JSON.stringify(found.error));
  return found.value[0] as NewJob;
}

function problemsOf(value: Json, hasEngine = true): readonly FieldProblem[] {
  const found = read(value, hasEngine);
  return found.ok ? [] : found.error;
}

test("a container is an image, or says more", () => {
  expect(jobOf({ container: "alpine:3" }).definition.work).toEqual({ kind: "container", image: "alpine:3", arguments: [] });
  const whole = {
    image: "registry.example:5000/team/tool@sha256:abc",
    pull: "always",
    name: "tool",
    command: ["/bin/tool"],
    arguments: ["-v"],
    volumes: [
      { host: "/data", container: "/in", readOnly: true },
      { host: "/new", container: "/out", create: true },
    ],
    ports: [{ host: 8080, container: 80 }],
    network: "host",
  };
  const { definition } = jobOf({ container: { ...whole, cleanup: "10m" }, environment: { A: "1" }, payload: "in" });
  expect(definition.work).toEqual({ kind: "container", ...whole, cleanup: { kind: "eventually", afterMs: 600_000 } });
  expect(definition.placement).toMatchObject({ requests: { cpu: 1000 }, predictionKey: `container ${whole.image}` });
});

test("it goes where there is an engine, besides where it was to go", () => {
  const constraints = { pools: ["a"], labels: [{ key: "disk", values: ["ssd"] }] };
  expect(jobOf({ container: "x", constraints }).definition.placement.constraints).toEqual({
    pools: ["a"],
    labels: [
      { key: "disk", operator: "in", values: ["ssd"] },
      { key: "baton/containers", operator: "exists" },
    ],
    tolerations: [{ key: "baton/containers-only" }],
  });
});

test("where no node has an engine it is refused, with its code", () => {
  expect(problemsOf({ container: "x" }, false)).toMatchObject([{ pointer: "/container", code: "executor-unavailable" }]);
  expect(problemsOf({ command: ["x"] }, false)).toEqual([]);
});

test.each<[string, Json, string]>([
  ["no image", {}, "/container"],
  ["an image that is none", { image: "-x y" }, "/container/image"],
  ["a field that is not known", { image: "x", comand: [] }, "/container/comand"],
  ["a policy that is not known", { image: "x", pull: "ifNotPresent" }, "/container/pull"],
  ["a null character", { image: "x", arguments: ["\0"] }, "/container/arguments"],
  ["a path that is not absolute", { image: "x", volumes: [{ host: "data", container: "/in" }] }, "/container/volumes/0/host"],
  ["a volume without its place", { image: "x", volumes: [{ host: "/data" }] }, "/container/volumes/0/container"],
  ["a port that is none", { image: "x", ports: [{ host: 0, container: 80 }] }, "/container/ports/0/host"],
  ["a time that is none", { image: "x", cleanup: "soon" }, "/container/cleanup"],
])("%s is refused", (_, container, pointer) => {
  expect(problemsOf({ container }).map((problem) => problem.pointer)).toContain(pointer.replace(/^\/container$/, "/container/image"));
});

test("what only a cluster, or only a machine, understands is a constraint", () => {
  const termsOf = (more: JsonObject): unknown =>
    jobOf({ container: { image: "x", ...more } }).definition.placement.constraints?.labels?.slice(1);
  const cluster = { namespace: "batch", serviceAccount: "runner", labels: { "team/name": "blue" }, pullSecrets: ["registry"] };
  const kubernetes = { ...cluster, priorityClass: "low", restricted: true, user: 1000 };
  expect(termsOf({})).toEqual([]);
  expect(termsOf({ kubernetes: {} })).toEqual([{ key: "baton/kubernetes", operator: "exists" }]);
  expect(termsOf({ volumes: [], ports: [] })).toEqual([]);
  expect(termsOf({ network: "none" })).toEqual([{ key: "baton/kubernetes", operator: "absent" }]);
  expect(jobOf({ container: { image: "x", kubernetes } }).definition.work).toMatchObject({ kubernetes });
  const takes = (more: object): number | undefined => jobOf({ container: { image: "x", ...more } }).definition.placement.requests["pods"];
  expect([takes({ kubernetes }), takes({})]).toEqual([1, undefined]);
  expect(jobOf({ container: "x", limits: { pids: 5 } }).definition.placement.constraints?.labels?.slice(1)).toEqual([
    { key: "baton/kubernetes", operator: "absent" },
  ]);
  expect(problemsOf({ container: { image: "x", kubernetes: {} }, limits: { pids: 5 } })).toMatchObject([{ pointer: "/limits" }]);
  const wrong = { namespace: "Not One", secrets: [], labels: { a: 1 } };
  expect(problemsOf({ container: { image: "x", ports: [], kubernetes: wrong } }).map(({ pointer }) => pointer)).toEqual([
    "/container/kubernetes/secrets",
    "/container/ports",
    "/container/kubernetes/namespace",
    "/container/kubernetes/labels",
  ]);
});

test("what only others leave no room for is waited for; what would never fit is not", () => {
  const facts = {
    now: 1,
    random: seededRandom(1),
    resources: () => new Set(["cpu", "memory", "disk", "gpu"]),
    queueOf: () => ok("default"),
    functionOf: () => err({ code: "function-not-registered" as const, detail: "" }),
  };
  const placement = (cpu: number): unknown => {
    const found = readSubmission(
      { container: "x", resources: { cpu } },
      { ...facts, hasNodeWith: () => true, mayFitLater: (wanted) => (wanted["cpu"] ?? 0) <= 8000 },
    );
    return found.ok && (found.value[0] as NewJob).definition.placement.keepImpossible;
  };
  expect([placement(8), placement(9)]).toEqual([true, undefined]);
});
