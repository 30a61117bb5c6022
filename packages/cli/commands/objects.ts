// Queues, tenants and the policy from the command line: files of them, and `queue list|describe|delete`, `policy`.
import type { Queue } from "@baton/api";
import { isObject, type Json, type JsonObject } from "@baton/core";
import { parseAllDocuments } from "yaml";
import { clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { formatAmount } from "../output/amounts.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

const kinds: readonly string[] = ["tenant", "queue", "policy", "deployment", "autoscaler"];

/** The objects of a text, where it holds objects and no flow; several are set apart by `---`. */
export function objectsIn(text: string, file: string): readonly JsonObject[] | undefined {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents) || documents.length === 0 || documents.some(({ errors }) => errors.length > 0)) return undefined;
  const values = documents.flatMap((document) => (document.toJS() as Json) ?? []);
  if (!values.some((value) => isObject(value) && typeof value["kind"] === "string" && value["document"] === undefined)) return undefined;
  const stray = values.findIndex((value) => !isObject(value) || typeof value["kind"] !== "string");
  if (stray < 0) return values as readonly JsonObject[];
  throw new CommandFailure(exitCodes.usage, `document ${stray + 1} of the file says not which kind of object it is`, {
    where: file,
    next: `give each document a kind: ${kinds.join(", ")}`,
  });
}

/** Applies objects together. */
export async function applyObjects(context: Context, objects: readonly JsonObject[]): Promise<void> {
  for (const { kind, name, result } of await clientOf(context.options).applyObjects(objects)) context.say(`${kind} ${name} ${result}\n`);
}

const columns: readonly Column<Queue>[] = [
  { title: "NAME", of: ({ name }) => name },
  { title: "PARENT", of: ({ parent }) => parent ?? "" },
  { title: "WEIGHT", of: ({ weight }) => String(weight) },
  { title: "WAITING", of: ({ waiting }) => String(waiting) },
  { title: "PENDING", of: ({ pending }) => String(pending) },
  { title: "RUNNING", of: ({ running, maxRunning }) => (maxRunning === null ? String(running) : `${running} of ${maxRunning}`) },
  { title: "USED", of: ({ used, limit }) => usage(used, limit) },
  { title: "GUARANTEE", of: ({ guarantee }) => usage(guarantee, {}), wide: true },
  { title: "ORDER", of: ({ order }) => (typeof order?.["name"] === "string" ? order["name"] : ""), wide: true },
];

type Amounts = Queue["used"];

function usage(used: Amounts, limit: Amounts): string {
  const names = [...new Set([...Object.keys(limit), ...Object.keys(used)])].sort();
  return names.map((name) => `${name} ${formatAmount(name, used[name] ?? 0)}${ofLimit(name, limit[name])}`).join(", ");
}

function ofLimit(name: string, limit: number | undefined): string {
  return limit === undefined ? "" : ` of ${formatAmount(name, limit)}`;
}

/** `baton queue list`. */
export async function listQueues(context: Context): Promise<ExitCode> {
  const queues = await clientOf(context.options).queues.list();
  context.out(formatRows(queues, columns, context.options.output ?? "table", context.outStyle, ({ name }) => name));
  return exitCodes.done;
}

/** `baton queue describe NAME`. */
export async function describeQueue(context: Context, name: string): Promise<ExitCode> {
  context.out(formatThing(await clientOf(context.options).queues.get(name), context.options.output ?? "yaml"));
  return exitCodes.done;
}

/** `baton queue delete NAME...`. */
export async function deleteQueues(context: Context, names: readonly string[]): Promise<ExitCode> {
  const client = clientOf(context.options);
  for (const name of names) {
    await client.queues.delete(name);
    context.say(`queue ${name} deleted\n`);
  }
  return exitCodes.done;
}

/** `baton queue policy`: the policy in force. */
export async function showPolicy(context: Context): Promise<ExitCode> {
  context.out(formatThing(await clientOf(context.options).queues.policy(), context.options.output ?? "yaml"));
  return exitCodes.done;
}
