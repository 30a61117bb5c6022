// What a node says of itself when it comes. A machine names its capacity; a worker names its functions, and how many calls it
// takes at a time is its capacity.
import { err, isObject, ok, type Json, type Millis, type Result } from "@baton/core";
import type { AttemptRef, FunctionContract, NodeHello } from "@baton/executors";
import { checkNode } from "@baton/scheduler";
import { functionLabel, workerTaint } from "../functions.ts";
import { joinTokenLimits, nodeHelloLimits, slotResource } from "../limits.ts";
import { Fields, given, type FieldProblem } from "./fields.ts";

/** A node that wants to join. */
export interface JoinRequest {
  readonly hello: NodeHello;
  /** What a worker runs; a machine has none. */
  readonly functions: readonly FunctionContract[];
}

const { name: longestName, text: longestText, entries: mostEntries } = nodeHelloLimits;
const mostHeld = 1_000_000;
const defaultConcurrency = 10;
const fieldNames = [
  "id",
  "capacity",
  "total",
  "functions",
  "concurrency",
  "labels",
  "taints",
  "pool",
  "zone",
  "holds",
  "key",
  "clock",
  "leaving",
];
const nodeName = { is: /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?$/, what: "letters, digits, dots, underscores and hyphens" };
const labelName = /^[a-zA-Z0-9][a-zA-Z0-9./:_@+-]*$/;
const keyText = { is: /^[a-zA-Z0-9]{32,200}$/, what: "at least 32 letters and digits, made at random" };

/** A request to join, or all that is wrong with it. */
export function readJoin(value: Json): Result<JoinRequest, readonly FieldProblem[]> {
  if (!isObject(value)) return err([{ pointer: "", detail: "what a node says of itself must be an object" }]);
  const problems: FieldProblem[] = [];
  const fields = new Fields(value, "", problems);
  fields.only(fieldNames);
  const functions = readFunctions(fields);
  const capacity = functions === undefined ? readResources(fields, "capacity") : { [slotResource]: readConcurrency(fields) };
  const labels = fields.map("labels", labelName, longestText) ?? {};
  const hello: NodeHello = given<NodeHello>({
    id: readName(fields),
    capacity,
    total: fields.has("total") ? readResources(fields, "total") : undefined,
    labels: functions === undefined ? labels : { ...labels, ...labelsOf(functions) },
    taints: functions === undefined ? readTaints(fields) : [{ key: workerTaint, effect: "no-schedule" as const }],
    pool: fields.text("pool", longestName),
    zone: fields.text("zone", longestName),
    holds: readHolds(fields),
    key: fields.text("key", longestText, keyText),
    clock: fields.number("clock", 0),
    leaving: fields.flag("leaving"),
  });
  if (problems.length > 0) return err(problems);
  const wrong = wrongAmounts(hello);
  return wrong === undefined ? ok({ hello, functions: functions ?? [] }) : err([wrong]);
}

function wrongAmounts({ total, ...hello }: NodeHello): FieldProblem | undefined {
  const wrong = checkNode(hello);
  if (wrong !== undefined) return { pointer: "/capacity", detail: wrong.message };
  const wrongTotal = total && checkNode({ id: hello.id, capacity: total });
  return wrongTotal && { pointer: "/total", detail: wrongTotal.message };
}

function readName(fields: Fields): string {
  if (!fields.has("id")) fields.wrong("id", "id is needed: the name of the node");
  return fields.text("id", longestName, nodeName) ?? "";
}

/** Whole numbers: cpu in millis, memory and disk in bytes. */
function readResources(fields: Fields, key: "capacity" | "total"): { readonly [resource: string]: number } {
  const value = fields.raw(key);
  if (isObject(value ?? null) && Object.keys(value as object).length <= mostEntries)
    return value as { readonly [resource: string]: number };
  fields.wrong(key, `${key} is needed: at most ${mostEntries} resources and amounts (or functions, where it is a worker)`);
  return {};
}

function readConcurrency(fields: Fields): number {
  return fields.whole("concurrency", 1, 1_000_000) ?? defaultConcurrency;
}

/** Their contracts are read when they are registered. */
function readFunctions(fields: Fields): readonly FunctionContract[] | undefined {
  const list = fields.raw("functions");
  fields.objects("functions", mostEntries);
  return list === undefined ? undefined : (list as unknown as readonly FunctionContract[]);
}

function labelsOf(functions: readonly FunctionContract[]): { readonly [label: string]: string } {
  return Array.isArray(functions) ? Object.fromEntries(functions.map((contract) => [functionLabel(contract), "here"])) : {};
}

function readTaints(fields: Fields): NonNullable<NodeHello["taints"]> {
  return (fields.objects("taints", mostEntries) ?? []).map((taint) => {
    taint.only(["key", "value", "effect"]);
    const value = taint.text("value", longestText);
    const effect = taint.choice("effect", ["no-schedule", "prefer-not"]) ?? "no-schedule";
    return { key: taint.text("key", longestText) ?? "", ...(value !== undefined && { value }), effect };
  });
}

function readHolds(fields: Fields): readonly AttemptRef[] {
  return (fields.objects("holds", mostHeld) ?? []).map((held) => {
    held.only(["job", "token"]);
    return { job: held.text("job", longestText) ?? "", token: held.whole("token", 1, Number.MAX_SAFE_INTEGER) ?? 0 };
  });
}

/** What a token for joining is asked for with. */
export interface TokenRequest {
  readonly forMs: Millis;
  readonly note: string | null;
}

/** A request for a token, or all that is wrong with it. */
export function readTokenRequest(value: Json): Result<TokenRequest, readonly FieldProblem[]> {
  if (!isObject(value)) return err([{ pointer: "", detail: "a request for a token must be an object" }]);
  const problems: FieldProblem[] = [];
  const fields = new Fields(value, "", problems);
  fields.only(["expiresIn", "note"]);
  const { defaultMs, longestMs } = joinTokenLimits;
  const forMs = fields.span("expiresIn") ?? defaultMs;
  if (forMs > longestMs) fields.wrong("expiresIn", `a token is good for at most ${longestMs / 86_400_000} days`);
  const note = fields.text("note", longestText) ?? null;
  return problems.length > 0 ? err(problems) : ok({ forMs, note });
}
