// Commands about webhooks: `webhook list`, `get`, `set`, `delete`, `pause`, `resume`, `test`, `deliveries`, `redeliver`.
import type { Delivery, Webhook, WebhookSpec } from "@baton/api";
import { allPages, clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

const columns: readonly Column<Webhook>[] = [
  { title: "NAME", of: ({ name }) => name },
  { title: "URL", of: ({ url }) => url },
  { title: "TYPES", of: ({ types }) => types.join(" ") },
  { title: "OF", of: ({ namespace, flow }) => `${namespace ?? "*"}/${flow ?? "*"}` },
  { title: "SIGNED", of: ({ secrets }) => secrets.join(" "), wide: true },
  { title: "PAUSED", of: ({ paused }) => paused ?? "" },
];

const deliveryColumns: readonly Column<Delivery>[] = [
  { title: "ID", of: ({ id }) => String(id) },
  { title: "TYPE", of: ({ type }) => type },
  { title: "STATUS", of: ({ status }) => status },
  { title: "TRIES", of: ({ attempts }) => String(attempts) },
  { title: "CREATED", of: ({ createdAt }) => createdAt },
  { title: "NEXT TRY", of: ({ nextAt }) => nextAt ?? "" },
  { title: "PROBLEM", of: ({ problem }) => problem ?? "" },
];

/** What `webhook set` is given. */
export interface SetOptions {
  readonly url: string;
  readonly type?: readonly string[];
  readonly namespace?: string;
  readonly flow?: string;
  readonly content?: WebhookSpec["content"];
  readonly secret?: readonly string[];
}

/** `baton webhook list`. */
export async function listWebhooks(context: Context): Promise<ExitCode> {
  const client = clientOf(context.options);
  const webhooks = await allPages((pageToken) => client.listWebhooks(pageToken));
  context.out(formatRows(webhooks, columns, context.options.output ?? "table", context.outStyle, ({ name }) => name));
  return exitCodes.done;
}

/** `baton webhook get NAME`. */
export async function getWebhook(context: Context, name: string): Promise<ExitCode> {
  context.out(formatThing(await clientOf(context.options).getWebhook(name), context.options.output ?? "yaml"));
  return exitCodes.done;
}

/** `baton webhook set NAME --url URL`: creates it, or replaces what it had. */
export async function setWebhook(context: Context, name: string, options: SetOptions): Promise<ExitCode> {
  const { url, type, namespace, flow, content, secret } = options;
  await clientOf(context.options).putWebhook(name, {
    url,
    ...(type !== undefined && { types: type }),
    ...(namespace !== undefined && { namespace }),
    ...(flow !== undefined && { flow }),
    ...(content !== undefined && { content }),
    ...(secret !== undefined && { secrets: secret }),
  });
  context.say(`${name} set\n`);
  return exitCodes.done;
}

/** `baton webhook delete NAME`: with all its deliveries. */
export async function deleteWebhook(context: Context, name: string): Promise<ExitCode> {
  await clientOf(context.options).deleteWebhook(name);
  context.say(`${name} deleted\n`);
  return exitCodes.done;
}

/** `baton webhook pause|resume NAME`. */
export async function commandWebhook(context: Context, verb: "pause" | "resume", name: string): Promise<ExitCode> {
  await clientOf(context.options).commandWebhook(name, verb);
  context.say(`${name} ${verb}d\n`);
  return exitCodes.done;
}

/** `baton webhook test NAME`: sends one event of no meaning; fails where the receiver does not take it. */
export async function testWebhook(context: Context, name: string): Promise<ExitCode> {
  const { answered, problem } = await clientOf(context.options).testWebhook(name);
  if (problem !== null)
    throw new CommandFailure(exitCodes.failed, problem, {
      where: name,
      next: "mend the receiver, or its address with `baton webhook set`",
    });
  context.say(`${name} answered ${answered}\n`);
  return exitCodes.done;
}

/** `baton webhook deliveries NAME`: what it was sent, or is to be, the newest first. */
export async function listDeliveries(
  context: Context,
  name: string,
  { status, limit }: { readonly status?: Delivery["status"]; readonly limit: number },
): Promise<ExitCode> {
  const client = clientOf(context.options);
  const query = status === undefined ? {} : { status };
  const deliveries = await allPages(
    (page, found) => client.listDeliveries(name, { pageSize: Math.min(limit - found, 200), ...query, ...page }),
    limit,
  );
  context.out(formatRows(deliveries, deliveryColumns, context.options.output ?? "table", context.outStyle, ({ id }) => String(id)));
  return exitCodes.done;
}

/** `baton webhook redeliver NAME ID...`. */
export async function redeliver(context: Context, name: string, ids: readonly string[]): Promise<ExitCode> {
  const client = clientOf(context.options);
  for (const id of ids) {
    if (!/^\d{1,15}$/.test(id))
      throw new CommandFailure(exitCodes.usage, `"${id}" is not the id of a delivery`, {
        next: `list them with baton webhook deliveries ${name}`,
      });
    await client.redeliver(name, Number(id));
    context.say(`${id} will be sent again\n`);
  }
  return exitCodes.done;
}
