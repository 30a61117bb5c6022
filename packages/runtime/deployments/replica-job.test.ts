// What a replica's job is submitted as, from what is deployed.
import { expect, test } from "vitest";
import type { JsonObject } from "@baton/core";
import { replicaJob } from "./replica-job.ts";
import { deploymentDefaults, type DeploymentSpec } from "./spec.ts";

const health = { check: { kind: "http", path: "/" }, ...deploymentDefaults.health } as const;

function constraintsOf(job: JsonObject, more: Partial<DeploymentSpec> = {}): unknown {
  const spec: DeploymentSpec = {
    name: "web",
    job,
    policy: { name: "single" },
    port: null,
    update: { maxSurge: 0, maxUnavailable: 1, minReadyMs: 0, stallAfter: 1 },
    health: null,
    restartMs: deploymentDefaults.restartMs,
    drainMs: deploymentDefaults.drainMs,
    ...more,
  };
  return replicaJob(spec, 1, 80)["constraints"];
}

test("a container that is checked stays on machines, where it can be reached; others go anywhere", () => {
  const onMachines = { key: "baton/kubernetes", operator: "absent" };
  const disk = { key: "disk", values: ["ssd"] };
  expect(constraintsOf({ container: "web:1", constraints: { labels: [disk] } }, { health })).toEqual({ labels: [disk, onMachines] });
  expect(constraintsOf({ container: "web:1", constraints: { labels: [disk] } })).toEqual({ labels: [disk] });
  expect(constraintsOf({ command: ["web"] }, { health })).toEqual({});
});

test("replicas with one port each need a node of their own", () => {
  const apart = [{ labels: { deployment: "web" }, domain: "node" }];
  expect(constraintsOf({ command: ["web"] }, { port: 80 })).toEqual({ apart });
});
