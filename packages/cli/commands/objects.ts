// Queues, tenants and the policy from the command line: `queue list|describe|delete|policy`, `tenant list|describe|delete`.
import type { Queue } from "@baton/api";
import { clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { formatAmount, formatAmounts } from "../output/amounts.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

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

/** `baton tenant list`. */
export async function listTenants(context: Context): Promise<ExitCode> {
  const tenants = (await clientOf(context.options).queues.list()).filter(({ parent }) => parent === null);
  const shown = columns.filter(({ title }) => title !== "PARENT");
  context.out(formatRows(tenants, shown, context.options.output ?? "table", context.outStyle, ({ name }) => name));
  return exitCodes.done;
}

/** `baton queue describe NAME`. */
export async function describeQueue(context: Context, name: string): Promise<ExitCode> {
  const queue = await clientOf(context.options).queues.get(name);
  context.out(context.options.output === undefined ? formatThing(readable(queue), "yaml") : formatThing(queue, context.options.output));
  return exitCodes.done;
}

/** A queue for people: amounts with their units. */
function readable({ guarantee, limit, used, ...queue }: Queue): object {
  return { ...queue, guarantee: formatAmounts(guarantee), limit: formatAmounts(limit), used: formatAmounts(used) };
}

/** `baton queue delete NAME...`. */
export async function deleteQueues(context: Context, names: readonly string[], noun = "queue"): Promise<ExitCode> {
  const client = clientOf(context.options);
  for (const name of names) {
    await client.queues.delete(name);
    context.say(`${noun} ${name} deleted\n`);
  }
  return exitCodes.done;
}

/** `baton queue policy`: the policy in force. */
export async function showPolicy(context: Context): Promise<ExitCode> {
  context.out(formatThing(await clientOf(context.options).queues.policy(), context.options.output ?? "yaml"));
  return exitCodes.done;
}
