// Commands about events: `event send`, `list`, `get`.
import { randomUUID } from "node:crypto";
import type { KeptEvent } from "@baton/api";
import { isArray, isObject, type Json, type JsonObject } from "@baton/core";
import { clientOf } from "../connect.ts";
import { readText, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

const columns: readonly Column<KeptEvent>[] = [
  { title: "EVENT", of: ({ event }) => String(event) },
  { title: "TYPE", of: ({ type }) => type },
  { title: "SOURCE", of: ({ source }) => source },
  { title: "ID", of: ({ id }) => id },
  { title: "RECEIVED", of: ({ receivedAt }) => receivedAt },
  { title: "TAKEN", of: ({ consumed }) => (consumed ? "yes" : "no") },
];

/** What `event send` is given. */
export interface SendOptions {
  readonly file?: string;
  readonly type?: string;
  readonly source: string;
  readonly id?: string;
  readonly subject?: string;
  readonly data?: string;
}

/** What `event list` is given. */
export interface EventListOptions {
  readonly type?: string;
  readonly source?: string;
  readonly limit: number;
}

/** `baton event send --type TYPE`, or `--file FILE`: sends events, and says what became of each. */
export async function sendEvent(context: Context, options: SendOptions): Promise<ExitCode> {
  const events = options.file === undefined ? [await eventOf(options)] : await eventsIn(options.file);
  const received = await clientOf(context.options).sendEvents(events);
  if (context.options.output !== undefined) context.out(formatThing(received, context.options.output));
  for (const { event, id, duplicate, listeners } of received.events) {
    const what = duplicate ? "was there already" : `stored, ${listeners === 0 ? "nobody waits for it yet" : `for ${listeners}`}`;
    context.say(`event ${event} (${id}): ${what}\n`);
  }
  return exitCodes.done;
}

/** `baton event list`: those that are kept, the newest first. */
export async function listEvents(context: Context, { type, source, limit }: EventListOptions): Promise<ExitCode> {
  const query = { ...(type !== undefined && { type }), ...(source !== undefined && { source }), pageSize: limit };
  const { items } = await clientOf(context.options).listEvents(query);
  context.out(formatRows(items, columns, context.options.output ?? "table", context.outStyle, ({ event }) => String(event)));
  return exitCodes.done;
}

/** `baton event get NUMBER`. */
export async function getEvent(context: Context, event: string): Promise<ExitCode> {
  context.out(formatThing(await clientOf(context.options).getEvent(event), context.options.output ?? "yaml"));
  return exitCodes.done;
}

async function eventOf({ type, source, id, subject, data }: SendOptions): Promise<JsonObject> {
  if (type === undefined)
    throw new CommandFailure(exitCodes.usage, "an event needs a type", { next: "give --type, or --file with the whole event" });
  return {
    specversion: "1.0",
    id: id ?? randomUUID(),
    source,
    type,
    time: new Date().toISOString(),
    ...(subject !== undefined && { subject }),
    ...(data !== undefined && { datacontenttype: "application/json", data: await dataOf(data) }),
  };
}

async function dataOf(given: string): Promise<Json> {
  const [text, where] = given.startsWith("@") ? [await readText(given.slice(1)), given.slice(1)] : [given, "--data"];
  return parse(text, where);
}

async function eventsIn(file: string): Promise<JsonObject[]> {
  const value = parse(await readText(file), file);
  const all = isArray(value) ? value : [value];
  const events = all.filter((one) => isObject(one));
  if (events.length < all.length)
    throw new CommandFailure(exitCodes.usage, "an event must be an object", { where: file, next: "write a CloudEvent, or a list of them" });
  return events;
}

function parse(text: string, where: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(exitCodes.usage, `not JSON: ${reason}`, { where, next: "write it as JSON; a text needs quotes" });
  }
}
