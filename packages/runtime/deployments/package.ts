// A package of functions as people deploy it: a folder with an entry, run by as many instances as its calls need, none where there are none.
import { isObject, type Json, type JsonObject } from "@baton/core";
import { isPackagePath, packageLimits, type PackageFiles } from "@baton/executors";
import type { Fields } from "../jobs/read/fields.ts";
import type { PackageSpec } from "./package-host.ts";
import { deploymentDefaults, maxReplicas, readName, readRestart, type DeploymentSpec } from "./spec.ts";

/** A package that is to be deployed. */
export interface WrittenPackage {
  readonly spec: DeploymentSpec;
  /** By path; the contents in base 64. */
  readonly files: PackageFiles;
}

const fieldNames = ["kind", "name", "entry", "min", "max", "concurrency", "idle", "drain", "restart", "job", "files"];
const jobFieldNames = ["environment", "resources", "queue", "tenant", "priority", "weight", "constraints"];
const defaults = { min: 0, max: 1, concurrency: 10, idleMs: 300_000 } as const;
/** An instance is ready once its worker has come. */
const joining = { check: { kind: "joined" }, intervalMs: 200, timeoutMs: 1_000, failures: 25, successes: 1, startupMs: 60_000 } as const;

/** How long an instance of a new version must have been there before an old one goes. */
const provenMs = 1_000;

/** A package; what is wrong with it is noted. */
export function readPackage(fields: Fields): WrittenPackage {
  fields.only(fieldNames);
  const name = readName(fields, "a package of functions");
  const entry = fields.text("entry", packageLimits.path) ?? "index.ts";
  const files = readFiles(fields);
  if (fields.has("files") && !(entry in files)) fields.wrong("entry", `there is no file ${entry} in the package`);
  const min = fields.whole("min", 0, maxReplicas) ?? defaults.min;
  const max = fields.whole("max", 1, maxReplicas) ?? Math.max(defaults.max, min);
  if (max < min) fields.wrong("max", "max must be at least as much as min");
  const concurrency = fields.whole("concurrency", 1, 10_000) ?? defaults.concurrency;
  const written: PackageSpec = { digest: "", entry, concurrency, idleMs: fields.span("idle") ?? defaults.idleMs };
  const job = readJobFields(fields);
  const drainMs = fields.span("drain") ?? deploymentDefaults.drainMs;
  const kept = {
    port: null,
    update: { maxSurge: 1, maxUnavailable: 0, minReadyMs: provenMs, stallAfter: deploymentDefaults.stallAfter },
    health: joining,
    restartMs: readRestart(fields),
    drainMs,
  };
  return { spec: { name, job, policy: { name: "hybrid", base: min, max }, ...kept, package: written }, files };
}

function readJobFields(fields: Fields): JsonObject {
  const job = fields.object("job");
  job?.only(jobFieldNames);
  const written = fields.raw("job");
  return isObject(written ?? null) ? (written as JsonObject) : {};
}

function readFiles(fields: Fields): WrittenPackage["files"] {
  const files: Json | undefined = fields.raw("files");
  if (!isObject(files ?? null)) {
    fields.wrong("files", "files are needed: an object of paths and contents in base 64");
    return {};
  }
  const entries = Object.entries(files as JsonObject);
  const most = packageLimits.files;
  if (entries.length > most) fields.wrong("files", `the package has ${entries.length} files; at most ${most} are taken`);
  for (const [path, content] of entries) {
    if (!isPackagePath(path)) fields.wrong("files", `"${path}" is not a path within the package`);
    if (typeof content !== "string") fields.wrong("files", `the content of ${path} must be a text in base 64`);
  }
  return files as PackageFiles;
}
