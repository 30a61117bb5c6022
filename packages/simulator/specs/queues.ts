// Reads a tree of queues. Whatever the scheduler would not accept of it is told here, with its place.
import { escapePointer, formatAmount, get, nearest, type Json } from "@baton/core";
import { parsePolicy, plainPolicy, type NodeSpec, type Policy, type QueueSpec } from "@baton/scheduler";
import type { JsonReader } from "../json-reader.ts";
import { present, type ReadAmounts } from "./fields.ts";

const queueFields = ["id", "parent", "weight", "guarantee", "limit", "maxRunning", "order"];

/** The queues under `/queues`; `nodes` are those that the queues share. */
export function readQueues(json: JsonReader, values: readonly Json[], nodes: readonly NodeSpec[], amounts: ReadAmounts): QueueSpec[] {
  const queues = values.flatMap((value, i) => readQueue(json, value, `/queues/${i}`, amounts) ?? []);
  if (json.problems.length > 0 && queues.length < values.length) return queues;
  const offered = new Set(nodes.flatMap(({ capacity }) => Object.keys(capacity)));
  queues.forEach((queue, i) => {
    checkPlace(json, queues, i);
    for (const field of ["guarantee", "limit"] as const) checkResources(json, queue, field, `/queues/${i}/${field}`, offered);
    checkWithin(json, queue, `/queues/${i}`);
  });
  return queues;
}

function readQueue(json: JsonReader, value: Json, at: string, amounts: ReadAmounts): QueueSpec | undefined {
  const queue = json.object(value, at);
  if (!queue) return undefined;
  json.known(queue, at, queueFields);
  const amountsOf = (field: string) => {
    const given = get(queue, field);
    return given === undefined ? undefined : amounts(json, given, `${at}/${field}`);
  };
  const id = json.string(queue, "id", at);
  const rest = present<Omit<QueueSpec, "id">>({
    parent: json.optionalString(queue, "parent", at),
    weight: json.optionalNumber(queue, "weight", at, { min: 0.001, max: 1e6 }),
    maxRunning: json.optionalNumber(queue, "maxRunning", at, { min: 0, whole: true }),
    guarantee: amountsOf("guarantee"),
    limit: amountsOf("limit"),
    order: readOrder(json, get(queue, "order"), `${at}/order`),
  });
  return id === undefined ? undefined : { id, ...rest };
}

/** The order inside one queue, by the rules for policies. */
function readOrder(json: JsonReader, order: Json | undefined, at: string): Policy["order"] | undefined {
  if (order === undefined) return undefined;
  const read = parsePolicy({ ...(plainPolicy as unknown as { [part: string]: Json }), order });
  if (read.ok) return read.value.order;
  for (const { where, message, next } of read.error) json.wrong(`${at}${where.replace(/^\/order/, "")}`, `${message}.`, next);
  return undefined;
}

function checkPlace(json: JsonReader, queues: readonly QueueSpec[], i: number): void {
  const { id, parent } = queues[i] as QueueSpec;
  if (queues.findIndex((other) => other.id === id) !== i) json.wrong(`/queues/${i}/id`, `Two queues are called "${id}".`);
  if (parent === undefined) return;
  const parents = new Map(queues.map((queue) => [queue.id, queue.parent]));
  if (!parents.has(parent)) {
    const meant = nearest(parent, parents.keys());
    json.wrong(`/queues/${i}/parent`, `There is no queue "${parent}".`, meant && `Did you mean "${meant}"?`);
  }
  const path = [id];
  for (let above: string | undefined = parent; above !== undefined; above = parents.get(above)) {
    path.push(above);
    if (above === id) return json.wrong(`/queues/${i}/parent`, `The parents go round in a circle: ${path.join(" below ")}.`);
    if (path.length > queues.length) return;
  }
}

function checkResources(json: JsonReader, queue: QueueSpec, field: "guarantee" | "limit", at: string, offered: ReadonlySet<string>): void {
  for (const resource of Object.keys(queue[field] ?? {})) {
    if (offered.has(resource) || offered.size === 0) continue;
    const meant = nearest(resource, offered);
    const next = meant === undefined ? `The nodes have ${[...offered].join(", ")}.` : `Did you mean "${meant}"?`;
    json.wrong(`${at}/${escapePointer(resource)}`, `No node has ${resource}.`, next);
  }
}

function checkWithin(json: JsonReader, { guarantee = {}, limit = {} }: QueueSpec, at: string): void {
  for (const [resource, amount] of Object.entries(guarantee)) {
    const most = limit[resource];
    if (most === undefined || amount <= most) continue;
    const [guaranteed, limited] = [amount, most].map((one) => formatAmount(resource, one));
    json.wrong(`${at}/guarantee/${escapePointer(resource)}`, `The guarantee of ${guaranteed} is above the limit of ${limited}.`);
  }
}
