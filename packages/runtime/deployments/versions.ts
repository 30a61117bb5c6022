// The versions of a deployment: what its replicas ran, run, and are to run. A version is what makes another process: the job, its port,
// its package, and how it is asked whether it is well. A few are kept to go back to, and all that replicas still run.
import { jsonEquals, type Instant } from "@baton/core";
import { withVersion } from "@baton/scheduler";
import type { DeploymentSpec } from "./spec.ts";
import type { StoredDeployment, StoredVersion } from "./stored.ts";

/** So many versions are kept besides those that are in use. */
export const keptVersions = 5;

/** What of a spec is a version. */
export function versionOf(spec: DeploymentSpec, generation: number, wantedAt: Instant): StoredVersion {
  const { job, port, containerPort, health, package: pack } = spec;
  const more = { ...(containerPort !== undefined && { containerPort }), ...(pack !== undefined && { package: pack }) };
  return { generation, wantedAt, job, port, check: health?.check ?? null, functions: [], ...more };
}

/** What the replicas of a version run: theirs is the process, everything else is as it is wanted now. */
export function specAt({ spec, versions }: StoredDeployment, generation: number): DeploymentSpec {
  const found = versions.find((version) => version.generation === generation);
  if (found === undefined) return spec;
  const { job, port, containerPort, check, package: pack } = found;
  const { containerPort: _, ...others } = spec;
  const health = spec.health === null ? null : { ...spec.health, check: check ?? spec.health.check };
  const more = { ...(containerPort !== undefined && { containerPort }), ...(pack !== undefined && { package: pack }) };
  return { ...others, job, port, health, ...more };
}

/** The deployment with another spec: a version that it had is wanted again, one that it did not have is new. */
export function withSpec(stored: StoredDeployment, spec: DeploymentSpec, now: Instant): StoredDeployment {
  const { versions, set } = stored;
  const known = versions.find((version) => runTheSame(version, spec));
  const generation = known?.generation ?? Math.max(set.generation, ...versions.map((version) => version.generation)) + 1;
  const wantedAt = generation === set.generation ? (known?.wantedAt ?? now) : now;
  const wanted = { ...versionOf(spec, generation, wantedAt), functions: known?.functions ?? [] };
  const others = versions.filter((version) => version.generation !== generation);
  return pruned({ ...stored, spec, set: withVersion(set, generation), versions: [...others, wanted], deleting: false });
}

/** Without the versions that nobody needs any more. */
export function pruned(stored: StoredDeployment): StoredDeployment {
  const { set, versions } = stored;
  const inUse = new Set([set.generation, set.stable, ...set.replicas.map(({ generation }) => generation)]);
  const latest = [...versions].sort((a, b) => b.wantedAt - a.wantedAt || b.generation - a.generation).slice(0, keptVersions);
  const kept = versions.filter((version) => inUse.has(version.generation) || latest.includes(version));
  return kept.length === versions.length ? stored : { ...stored, versions: kept };
}

/** The version to go back to when nothing is said: the one that serves while another does not come up, or the one before. */
export function versionBefore({ set, versions }: StoredDeployment): StoredVersion | undefined {
  const others = versions.filter(({ generation }) => generation !== set.generation);
  const serving = others.find(({ generation }) => generation === set.stable);
  return serving ?? others.sort((a, b) => b.wantedAt - a.wantedAt || b.generation - a.generation)[0];
}

/** What is known of the functions of a version. */
export function withFunctions(stored: StoredDeployment, generation: number, found: readonly string[]): StoredDeployment {
  const versions = stored.versions.map((version) => {
    if (version.generation !== generation || found.every((label) => version.functions.includes(label))) return version;
    return { ...version, functions: [...new Set([...version.functions, ...found])].sort() };
  });
  return versions.every((version, i) => version === stored.versions[i]) ? stored : { ...stored, versions };
}

/** The labels of the functions that a version brings. */
export function functionsAt({ versions }: StoredDeployment, generation: number): readonly string[] {
  return versions.find((version) => version.generation === generation)?.functions ?? [];
}

function runTheSame(version: StoredVersion, { job, port, containerPort, package: pack }: DeploymentSpec): boolean {
  const [digest, entry] = [version.package?.digest, version.package?.entry];
  const isOnePort = version.port === port && version.containerPort === containerPort;
  return jsonEquals(version.job, job) && isOnePort && digest === pack?.digest && entry === pack?.entry;
}
