import { expect, test } from "vitest";
import type { JobEnd, KubernetesProgram } from "../port.ts";
import { identityOf, jobManifest, jobName, leftToOthers, podProblem } from "./manifest.ts";
import type { PodObject, TerminatedState } from "./objects.ts";
import { endOfPod, hasEnded, startTrouble } from "./pod-end.ts";
import { readMillis, readQuantity } from "./quantity.ts";
import { noPodRefusal } from "./refusals.ts";

test.each([
  ["1", 1],
  ["0", 0],
  ["100m", 0.1],
  ["1.5", 1.5],
  [".5", 0.5],
  ["128974848", 128974848],
  ["129e6", 129e6],
  ["129M", 129e6],
  ["123Mi", 123 * 2 ** 20],
  ["1E", 1e18],
  ["1e3", 1000],
  ["2Ki", 2048],
  ["100n", 1e-7],
  ["-1Gi", -(2 ** 30)],
  ["", 0],
  ["1 Gi", 0],
  ["Gi", 0],
  [undefined, 0],
])("the amount %s is %d", (text, amount) => {
  expect(readQuantity(text)).toBeCloseTo(amount, 9);
});

test("millis are rounded up, but not for what floating point makes of them", () => {
  expect(["250m", "0.1", "1", "1n", "2.0005"].map(readMillis)).toEqual([250, 100, 1000, 1, 2001]);
});

const program: KubernetesProgram = { kind: "kubernetes", image: "tool:1", node: "n", command: ["run"], args: ["$(PATH)", "$5"] };
const order = { allocation: "job_01ARZ3NDEKTSV4RRFFQ69G5FAV.3", token: 3, program, env: { PRICE: "$$5" }, limits: {} };

test("the same order has always the same name; another token, owner or allocation has another one", () => {
  const names = [
    jobName("a", order),
    jobName("b", order),
    jobName("a", { ...order, token: 4 }),
    jobName("a", { ...order, allocation: "job_01arz3ndektsv4rrffq69g5fav.3" }),
    jobName("a", { ...order, allocation: "x".repeat(120) }),
  ];
  expect(new Set(names).size).toBe(names.length);
  expect(jobName("a", { ...order })).toBe(names[0]);
  for (const name of names) expect(name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])$/);
});

test("what is written on a Job is what a successor reads", () => {
  const limits = { memoryBytes: 5 };
  const manifest = jobManifest({ ...order, limits, timeoutMs: 1000 }, program, "me", 17);
  expect(identityOf(manifest as never)).toEqual({
    allocation: order.allocation,
    token: 3,
    startedAt: 17,
    node: "n",
    terms: { limits, timeoutMs: 1000 },
  });
  expect(identityOf({ metadata: { name: "x", uid: "x", resourceVersion: "1" } })).toBeUndefined();
});

test("dollars are dollars: clusters would replace $(NAME) and make one of two", () => {
  const text = JSON.stringify(jobManifest(order, program, "me", 0));
  expect(text).toContain('"args":["$$(PATH)","$$5"]');
  expect(text).toContain('{"name":"PRICE","value":"$$$$5"}');
});

test("input is handed over by a shell, which must know what to start", () => {
  expect(podProblem({ ...order, stdin: "x" }, program)).toBeUndefined();
  expect(podProblem({ ...order, stdin: "x" }, { kind: "kubernetes", image: "x", node: "n", args: [] })).toMatch(/needs a command/);
  expect(podProblem({ ...order, stdin: "ä".repeat(200_000) }, program)).toMatch(/390.62 KiB/);
  expect(podProblem(order, { ...program, image: "a b" })).toMatch(/not the name of an image/);
});

function pod(status: PodObject["status"], metadata: object = {}): PodObject {
  return { metadata: { name: "p", uid: "u", resourceVersion: "1", ...metadata }, spec: { containers: [] }, ...(status && { status }) };
}

function ended(state: TerminatedState, metadata: object = {}): PodObject {
  return pod(
    { phase: state.exitCode === 0 ? "Succeeded" : "Failed", containerStatuses: [{ name: "job", state: { terminated: state } }] },
    metadata,
  );
}

function codeOf(end: JobEnd): string | number {
  return end.kind === "failed" ? end.code : end.kind === "exited" ? end.exitCode : end.signal;
}

test("a pod's end is told from what the cluster did to it", () => {
  const of = (one: PodObject, memoryBytes?: number): string | number => codeOf(endOfPod(one, undefined, memoryBytes));
  expect(of(ended({ exitCode: 0, reason: "Completed" }))).toBe(0);
  expect(of(ended({ exitCode: 137, reason: "Error" }), 100)).toBe(137);
  expect(of(ended({ exitCode: 137, reason: "OOMKilled" }), 100)).toBe("job-out-of-memory");
  expect(of(ended({ exitCode: 0, reason: "OOMKilled" }), 100)).toBe("job-out-of-memory");
  expect(of(ended({ exitCode: 126, reason: "ContainerCannotRun", message: "permission denied" }))).toBe("command-not-permitted");
  expect(of(ended({ exitCode: 128, reason: "StartError", message: "no space left on device" }))).toBe("job-start-failed");
  expect(of(ended({ exitCode: 137, reason: "ContainerStatusUnknown" }), 100)).toBe("job-evicted");
  expect(of(pod({ phase: "Failed", reason: "NodeShutdown", message: "The node is going down" }))).toBe("job-evicted");
  expect(of(pod(undefined))).toBe("job-lost");
  const condition = { type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" };
  const disrupted = ended({ exitCode: 143, reason: "Error" });
  expect(of(pod({ ...disrupted.status, conditions: [condition] }))).toBe("job-evicted");
  const cancelled = { code: "job-cancelled", message: "It was cancelled." } as const;
  expect(endOfPod(disrupted, cancelled, undefined)).toEqual({ kind: "failed", ...cancelled, exitCode: 143 });
});

test("a pod that somebody deleted is taken away, unless its container had ended before", () => {
  const deletion = { deletionTimestamp: "2026-01-01T00:01:30Z", deletionGracePeriodSeconds: 30 };
  const of = (finishedAt: string): string | number => codeOf(endOfPod(ended({ exitCode: 0, finishedAt }, deletion), undefined, undefined));
  expect(of("2026-01-01T00:00:59Z")).toBe(0);
  expect(of("2026-01-01T00:01:05Z")).toBe("job-evicted");
});

test("what keeps a container from starting, and whether patience helps", () => {
  const waiting = (reason: string): PodObject =>
    pod({ phase: "Pending", containerStatuses: [{ name: "job", state: { waiting: { reason } } }] });
  expect(startTrouble(waiting("ContainerCreating"))).toBeUndefined();
  expect(startTrouble(waiting("ImagePullBackOff"))).toMatchObject({ code: "image-missing", isFinal: false });
  expect(startTrouble(waiting("ErrImageNeverPull"))).toMatchObject({ code: "image-missing", isFinal: true });
  expect(startTrouble(waiting("CreateContainerConfigError"))).toMatchObject({ code: "job-start-failed", isFinal: false });
  expect([waiting("x"), pod({ phase: "Failed" }), ended({ exitCode: 3 })].map(hasEnded)).toEqual([false, true, true]);
});

test("why a Job has no pod, as far as the cluster says", async () => {
  const metadata = { name: "j", uid: "u", resourceVersion: "1" };
  const told = async (items: readonly object[] | undefined, spec = {}): Promise<readonly [string, string]> => {
    const ask = (): Promise<never> => (items === undefined ? Promise.reject(new Error("forbidden")) : Promise.resolve({ items } as never));
    const { code, message } = await noPodRefusal({ ask }, "default", { metadata, spec });
    return [code, message];
  };
  const plain = "The cluster made no pod of its Job.";
  expect(await told(undefined)).toEqual(["job-start-failed", plain]);
  expect(await told([{ type: "Normal", reason: "SuccessfulCreate", message: "Created pod" }])).toEqual(["job-start-failed", plain]);
  expect(await told([], { suspend: true })).toEqual(["job-start-failed", `${plain} Somebody has suspended it (spec.suspend).`]);
  const denied = { type: "Warning", reason: "FailedCreate", message: "violates PodSecurity" };
  expect(await told([denied])).toEqual(["job-start-failed", `${plain} FailedCreate: violates PodSecurity`]);
  const [code] = await told([denied, { ...denied, message: 'pods "x" is forbidden: exceeded quota: q, requested: pods=1' }]);
  expect(code).toBe("kubernetes-quota-exceeded");
});

test("a Job that is left to the cluster is marked to go after a while", () => {
  const left = (cleanup: KubernetesProgram["cleanup"]): unknown =>
    leftToOthers(jobManifest(order, { ...program, ...(cleanup && { cleanup }) }, "me", 0) as never);
  expect(left(undefined)).toBeUndefined();
  expect(left({ kind: "always" })).toBeUndefined();
  expect(left({ kind: "never" })).toEqual({ metadata: { labels: { "baton.owner": null } } });
  expect(left({ kind: "eventually", afterMs: 90_500 })).toMatchObject({ spec: { ttlSecondsAfterFinished: 91 } });
});
