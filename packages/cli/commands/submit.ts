// `baton submit` and `baton plan`: jobs from the command line or from a file.
import type { Job, JobPlan, Submitted } from "@baton/api";
import { escapePointer, isObject, parseJson, type Json, type JsonObject } from "@baton/core";
import { parse, YAMLParseError } from "yaml";
import { clientOf } from "../connect.ts";
import { readInput, readText, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { contentOf } from "../file-content.ts";
import { askWithFile, excerptOf, placeOf, type SourceFile } from "../file-refusal.ts";
import { formatThing } from "../output/table.ts";
import { planAutoscalers } from "./autoscalers.ts";
import { endAs, printJobs, printOutput, waitForJob } from "./jobs.ts";

/** What `submit` is given. */
export interface SubmitOptions {
  readonly file?: string;
  readonly image?: string;
  readonly pull?: string;
  readonly entrypoint?: string;
  readonly volume?: readonly string[];
  readonly publish?: readonly string[];
  readonly network?: string;
  readonly name?: string;
  readonly queue?: string;
  readonly tenant?: string;
  readonly priority?: number;
  readonly cpu?: string;
  readonly memory?: string;
  readonly disk?: string;
  readonly gpu?: string;
  readonly resource?: readonly string[];
  readonly node?: readonly string[];
  readonly pool?: readonly string[];
  readonly zone?: readonly string[];
  readonly nodeLabel?: readonly string[];
  readonly pids?: number;
  readonly after?: readonly string[];
  readonly env?: readonly string[];
  readonly payload?: string;
  readonly expected?: string;
  readonly runTimeout?: string;
  readonly deadline?: string;
  readonly retries?: number;
  readonly array?: number;
  readonly maxRunning?: number;
  readonly webhook?: string;
  readonly webhookSecret?: readonly string[];
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
}

/** `baton submit`: prints the ids, or with --wait what came of the jobs. */
export async function submit(context: Context, options: SubmitOptions, command: readonly string[]): Promise<ExitCode> {
  const { submission, source } = await submissionOf(options, command);
  const client = clientOf(context.options);
  const { idempotencyKey } = options;
  const send = (): Promise<Submitted> => client.submitJobs(submission, idempotencyKey === undefined ? {} : { idempotencyKey });
  const submitted = await (source === undefined ? send() : askWithFile(source, send));
  if (options.wait === true) return waitForAll(context, submitted, options.timeout);
  const { output } = context.options;
  if (output === undefined) context.out(submitted.jobs.map(({ id }) => `${id}\n`).join(""));
  else printJobs(context, submitted.jobs);
  return exitCodes.done;
}

async function waitForAll(context: Context, { jobs }: Submitted, timeoutMs: number | undefined): Promise<ExitCode> {
  const client = clientOf(context.options);
  const until = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs;
  const [only] = jobs;
  // The output of several jobs at once could not be told apart.
  if (only !== undefined && jobs.length === 1 && timeoutMs === undefined)
    await printOutput(beside(context), client, only.id, { follow: true });
  const ended: Job[] = [];
  for (const { id } of jobs) ended.push(await waitForJob(context, client, id, until));
  return endAs(context, ended, { quiet: jobs.length === 1 });
}

/** Where the jobs are printed for a program, what they write stands beside that: standard output holds nothing else. */
function beside(context: Context): Context {
  return context.options.output === undefined ? context : { ...context, out: (text) => context.say(text) };
}

async function submissionOf(
  options: SubmitOptions,
  command: readonly string[],
): Promise<{ readonly submission: JsonObject; readonly source?: SourceFile }> {
  const { file } = options;
  if (file === undefined && (command.length > 0 || options.image !== undefined)) return { submission: await jobOf(options, command) };
  if (file !== undefined && command.length === 0) {
    refuseBesideFile(options);
    const text = await readText(file);
    return { submission: submissionIn(text, file), source: { file, text } };
  }
  throw new CommandFailure(exitCodes.usage, file === undefined ? "there is nothing to submit" : "a file and a command were given", {
    next: "write baton submit -- COMMAND ARGUMENTS, baton submit --image IMAGE, or baton submit -f FILE",
  });
}

const besideFile: readonly string[] = ["file", "idempotencyKey", "wait", "timeout", "output", "server", "token"];

/** A file says itself what its jobs are: what stands beside it would be lost. */
function refuseBesideFile(options: SubmitOptions): void {
  const lost = Object.entries(options).flatMap(([name, value]) => (value === undefined || besideFile.includes(name) ? [] : [name]));
  const [first] = lost.map((name) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  if (first === undefined) return;
  throw new CommandFailure(exitCodes.usage, "this does not go with a file", {
    where: first,
    next: "write it into the file, for the jobs that are meant",
  });
}

async function jobOf(options: SubmitOptions, command: readonly string[]): Promise<JsonObject> {
  const { name, queue, tenant, priority, after, payload, expected, runTimeout, deadline, retries, array, maxRunning } = options;
  const fields: { readonly [field: string]: Json | undefined } = {
    ...workOf(options, command),
    name,
    queue,
    tenant,
    priority,
    after,
    deadline,
    retries,
    expectedDuration: expected,
    timeout: runTimeout,
    resources: resourcesOf(options),
    constraints: constraintsOf(options),
    limits: options.pids === undefined ? undefined : { pids: options.pids },
    environment: options.env && pairsOf("--env", options.env),
    payload: payload === undefined ? undefined : await readInput(payload, "--payload"),
    webhook: webhookOf(options),
    array: array === undefined ? undefined : { count: array, ...(maxRunning !== undefined && { maxRunning }) },
  };
  return definedOf(fields);
}

function webhookOf({ webhook, webhookSecret }: SubmitOptions): Json | undefined {
  if (webhook !== undefined) return webhookSecret === undefined ? webhook : { url: webhook, secrets: webhookSecret };
  if (webhookSecret === undefined) return undefined;
  throw new CommandFailure(exitCodes.usage, "there is a secret for a webhook, and no webhook", { next: "name its address with --webhook" });
}

/** The command itself, or as the arguments of a container. */
function workOf({ image, pull, entrypoint, volume, publish, network }: SubmitOptions, command: readonly string[]): JsonObject {
  if (image === undefined) {
    const named = Object.entries({
      "--pull": pull,
      "--entrypoint": entrypoint,
      "--volume": volume,
      "--publish": publish,
      "--network": network,
    });
    const [first] = named.flatMap(([option, value]) => (value === undefined ? [] : [option]));
    if (first === undefined) return { command };
    throw new CommandFailure(exitCodes.usage, "only a container has this", { where: first, next: "name its image with --image" });
  }
  const parts: { readonly [field: string]: Json | undefined } = {
    image,
    pull,
    command: entrypoint === undefined ? undefined : [entrypoint],
    arguments: command.length === 0 ? undefined : command,
    volumes: volume?.map(volumeOf),
    ports: publish?.map(portOf),
    network,
  };
  return { container: definedOf(parts) };
}

const volumeModes: readonly string[] = ["ro", "rw", "create"];

/** HOST:CONTAINER, with `:ro` for one that may only be read, `:create` for one that is made where it is missing, or both. */
function volumeOf(text: string): JsonObject {
  const [host = "", container = "", written = "rw", ...more] = text.split(":");
  const modes = written.split(",");
  if (host === "" || container === "" || more.length > 0 || !modes.every((mode) => volumeModes.includes(mode)))
    throw new CommandFailure(exitCodes.usage, `"${text}" is not HOST:CONTAINER, HOST:CONTAINER:ro or HOST:CONTAINER:create`, {
      where: "--volume",
    });
  return { host, container, ...(modes.includes("ro") && { readOnly: true }), ...(modes.includes("create") && { create: true }) };
}

function portOf(text: string): JsonObject {
  const found = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  if (found === null) throw new CommandFailure(exitCodes.usage, `"${text}" is not HOST:CONTAINER`, { where: "--publish" });
  return { host: Number(found[1]), container: Number(found[2]) };
}

function definedOf(fields: { readonly [field: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]])));
}

function constraintsOf({ node, pool, zone, nodeLabel }: SubmitOptions): JsonObject | undefined {
  const labels = nodeLabel && pairsOf("--node-label", nodeLabel);
  const given = definedOf({ nodes: node, pools: pool, zones: zone, labels });
  return Object.keys(given).length === 0 ? undefined : given;
}

function resourcesOf({ cpu, memory, disk, gpu, resource = [] }: SubmitOptions): JsonObject | undefined {
  const named = { cpu, memory, disk, gpu, ...pairsOf("--resource", resource) };
  const given = Object.entries(named).flatMap(([name, amount]) => (amount === undefined ? [] : [[name, amount] as const]));
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function pairsOf(option: string, pairs: readonly string[]): { readonly [name: string]: string } {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new CommandFailure(exitCodes.usage, `"${pair}" is not NAME=VALUE`, { where: option });
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** A job or a graph of jobs from a text, YAML or JSON. */
function submissionIn(text: string, path: string): JsonObject {
  const value = parseText(text, path);
  if (isObject(value)) return value;
  throw new CommandFailure(exitCodes.usage, "the file holds no job", {
    where: path,
    next: "write one job (command: [...]), or jobs: with a list of them",
  });
}

function parseText(text: string, path: string): Json {
  const json = parseJson(text);
  if (json.ok) return json.value;
  try {
    const value = parse(text) as Json;
    refuseStrangeNumbers(value, "", { file: path, text });
    return value;
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const at = error.linePos?.[0];
    const message = error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:$/, "") ?? "the file is not YAML";
    if (at === undefined) throw new CommandFailure(exitCodes.usage, message, { where: path });
    const excerpt = excerptOf(text.split("\n")[at.line - 1] ?? "", at.line, at.col);
    throw new CommandFailure(exitCodes.usage, `${message}\n${excerpt}`, { where: `${path}:${at.line}:${at.col}` });
  }
}

/** YAML has numbers that JSON has not, and would lose on the way: .nan and .inf. */
function refuseStrangeNumbers(value: Json, pointer: string, source: SourceFile): void {
  if (typeof value === "number" && !Number.isFinite(value)) {
    const { where, excerpt = "" } = placeOf(source, pointer);
    throw new CommandFailure(exitCodes.usage, `${value} is no number to count with\n${excerpt}`, { where });
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) refuseStrangeNumbers(part, `${pointer}/${escapePointer(key)}`, source);
}

/** `baton plan -f FILE`: what would become of jobs. */
export async function planFile(context: Context, path: string): Promise<ExitCode> {
  const text = await readText(path);
  const { objects } = contentOf(path, text);
  if (objects.length > 0) return planAutoscalers(context, objects, { file: path, text });
  const submission = submissionIn(text, path);
  const plan = await askWithFile({ file: path, text }, () => clientOf(context.options).planJobs(submission));
  const { output } = context.options;
  context.out(output === undefined || output === "table" || output === "wide" ? planText(plan) : formatThing(plan, output));
  return exitCodes.done;
}

function planText({ jobs, delayed, preempted }: JobPlan): string {
  const lines = jobs.map(({ name, decision, node, reason, expectedStart }, i) => {
    const who = name ?? `job ${i + 1}`;
    if (decision === "start") return `${who} would start at once on ${node}`;
    return `${who} would wait${reason === null ? "" : ` (${reason})`}${expectedStart === null ? "" : `, expected to start at ${expectedStart.at}`}`;
  });
  for (const id of preempted) lines.push(`${id} would be stopped to make room`);
  for (const { job, before, after } of delayed)
    lines.push(`${job} would be expected at ${after ?? "no known time"}, not at ${before ?? "no known time"}`);
  return `${lines.join("\n")}\n`;
}
