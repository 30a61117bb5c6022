// `baton function deploy DIR` and what goes with it: packages of functions that the server runs by itself.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Deployment } from "@baton/api";
import { isObject, type Json, type JsonObject } from "@baton/core";
import { parse } from "yaml";
import { clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";

/** The manifest of a package; in package.json the same lies under `baton`. */
const manifestName = "baton.function.yaml";
/** What fits into one request, as base 64. */
const maxPackageBytes = 2_500_000;
const leftOut: ReadonlySet<string> = new Set([".git", ".baton", "baton.function.yaml"]);

/** Whether to wait until the functions can be called. */
export interface DeployOptions {
  readonly wait: boolean;
  readonly timeout?: number;
}

/** `baton function deploy DIR`. */
export async function deployPackage(context: Context, folder: string, { wait, timeout }: DeployOptions): Promise<ExitCode> {
  const manifest = readManifest(folder);
  const name = typeof manifest["name"] === "string" ? manifest["name"] : basename(resolve(folder));
  const client = clientOf(context.options);
  const [applied] = await client.applyObjects([{ ...manifest, kind: "package", name, files: filesOf(folder) }]);
  context.say(`package ${name} ${applied?.result ?? "applied"}\n`);
  if (!wait) return exitCodes.done;
  const end = Date.now() + (timeout ?? defaultWaitMs);
  for (;;) {
    const deployment = await client.deployments.get(name);
    if (isUp(deployment)) {
      for (const brought of deployment.functions) context.say(`${brought} can be called\n`);
      return exitCodes.done;
    }
    const crashed = deployment.replicas.find(({ crashes, generation }) => crashes > 1 && generation === deployment.generation);
    if (crashed !== undefined || Date.now() > end) return notUp(context, deployment, crashed?.problem ?? null);
    await delay(200);
  }
}

const defaultWaitMs = 60_000;

function isUp({ functions, status }: Deployment): boolean {
  return functions.length > 0 && status === "steady";
}

function notUp(context: Context, { name, functions }: Deployment, problem: string | null): ExitCode {
  const left = functions.length > 0 ? "; the version before goes on" : "";
  context.say(`package ${name} does not come up${problem === null ? " in time" : `: ${problem}`}${left}\n`);
  context.say(`look at what it says: baton function logs ${name}\n`);
  return problem === null ? exitCodes.timedOut : exitCodes.failed;
}

function readManifest(folder: string): JsonObject {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new CommandFailure(exitCodes.notFound, "there is no such folder", { where: folder });
  const own = readIfThere(join(folder, manifestName));
  if (own !== undefined) return asManifest(parse(own) as Json, manifestName);
  const json = readIfThere(join(folder, "package.json"));
  const described = json === undefined ? undefined : (JSON.parse(json) as { readonly [field: string]: Json });
  return described?.["baton"] === undefined ? {} : asManifest(described["baton"], "package.json");
}

function asManifest(value: Json, where: string): JsonObject {
  if (isObject(value)) return value;
  throw new CommandFailure(exitCodes.usage, "the manifest of a package is an object", {
    where,
    next: "write name, entry, min, max, concurrency and idle",
  });
}

function readIfThere(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path, "utf8") : undefined;
}

/** All files of a folder, but for what belongs to tools. */
function filesOf(folder: string): { readonly [path: string]: string } {
  const files: { [path: string]: string } = {};
  let bytes = 0;
  const visit = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (leftOut.has(entry.name)) continue;
      const path = join(at, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) {
        const content = readFileSync(path);
        bytes += content.byteLength;
        files[relative(folder, path).replaceAll("\\", "/")] = content.toString("base64");
      }
    }
  };
  visit(folder);
  if (bytes <= maxPackageBytes) return files;
  throw new CommandFailure(exitCodes.usage, `the package has ${bytes} bytes; at most ${maxPackageBytes} are taken`, {
    where: folder,
    next: "bundle it into one file, or run the functions by a worker of your own",
  });
}

/** `baton function logs NAME`: what the latest try of each instance has written. */
export async function packageLogs(context: Context, name: string): Promise<ExitCode> {
  const client = clientOf(context.options);
  const { replicas } = await client.deployments.get(name);
  for (const { id, job } of replicas) {
    if (job === null) continue;
    const { pieces } = await client.getJobOutput(job);
    const lines = pieces
      .map(({ text }) => text)
      .join("")
      .split("\n")
      .filter((line) => line !== "");
    for (const line of lines) context.out(`${id} | ${line}\n`);
  }
  return exitCodes.done;
}
