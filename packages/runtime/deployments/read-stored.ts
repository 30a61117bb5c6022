// What is stored of a deployment, as it is read: one that was stored before versions were kept has the version that it runs.
import { deploymentDefaults, type DeploymentSpec } from "./spec.ts";
import type { StoredDeployment } from "./stored.ts";
import { versionOf } from "./versions.ts";

/** As it was stored before versions were kept. */
interface WithoutVersions extends Omit<StoredDeployment, "versions" | "set" | "spec"> {
  readonly spec: Omit<DeploymentSpec, "update"> & { readonly update: Pick<DeploymentSpec["update"], "maxSurge" | "maxUnavailable"> };
  readonly set: Omit<StoredDeployment["set"], "stable" | "stalled">;
  readonly stable: number;
  readonly functions: readonly string[];
}

/** Reads the JSON of a stored deployment. */
export function readStored(text: string): StoredDeployment {
  const stored = JSON.parse(text) as StoredDeployment | WithoutVersions;
  return "versions" in stored ? stored : withVersions(stored);
}

function withVersions({ spec: written, set: before, stable, functions, ...rest }: WithoutVersions): StoredDeployment {
  const { minReadyMs, stallAfter } = deploymentDefaults;
  const spec = { ...written, update: { minReadyMs, stallAfter, ...written.update } };
  const set = { ...before, stable, stalled: false };
  return { ...rest, spec, set, versions: [{ ...versionOf(spec, set.generation, rest.createdAt), functions }] };
}
