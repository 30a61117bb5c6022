// What is deployed, from the command line: `deployment list|describe|delete`. `baton apply -f FILE` creates and changes it.
import type { Deployment, Replica } from "@baton/api";
import { clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

const columns: readonly Column<Deployment>[] = [
  { title: "NAME", of: ({ name }) => name },
  { title: "POLICY", of: ({ policy }) => policyText(policy) },
  { title: "READY", of: ({ ready, desired }) => `${ready} of ${desired}` },
  { title: "UPDATED", of: ({ updated }) => String(updated) },
  { title: "STATUS", of: ({ status }) => status },
  { title: "VERSION", of: ({ generation }) => String(generation), wide: true },
  { title: "CREATED", of: ({ createdAt }) => createdAt, wide: true },
];

const replicaColumns: readonly Column<Replica>[] = [
  { title: "REPLICA", of: ({ id }) => String(id) },
  { title: "VERSION", of: ({ generation }) => String(generation) },
  { title: "PHASE", of: ({ phase }) => phase },
  { title: "SINCE", of: ({ since }) => since, wide: true },
  { title: "NODE", of: ({ node }) => node ?? "" },
  { title: "PORT", of: ({ port }) => (port === null ? "" : String(port)) },
  { title: "CRASHES", of: ({ crashes }) => String(crashes) },
  { title: "AGAIN AT", of: ({ restartsAt }) => restartsAt ?? "" },
  { title: "JOB", of: ({ job }) => job ?? "" },
  { title: "PROBLEM", of: ({ problem }) => problem ?? "" },
];

function policyText(policy: Deployment["policy"]): string {
  if (policy.name === "cluster") return `cluster of ${policy.replicas}`;
  return policy.name === "hybrid" ? `hybrid, ${policy.base} to ${policy.max}` : policy.name;
}

/** `baton deployment list`. */
export async function listDeployments(context: Context): Promise<ExitCode> {
  const all = await clientOf(context.options).deployments.list();
  context.out(formatRows(all, columns, context.options.output ?? "table", context.outStyle, ({ name }) => name));
  return exitCodes.done;
}

/** `baton deployment describe NAME`: its replicas, or all of it with -o json. */
export async function describeDeployment(context: Context, name: string): Promise<ExitCode> {
  const found = await clientOf(context.options).deployments.get(name);
  const { output } = context.options;
  if (output === undefined || output === "table" || output === "wide") {
    context.say(`${found.name}: ${policyText(found.policy)}, ${found.ready} of ${found.desired} ready, ${found.status}\n`);
    context.out(formatRows(found.replicas, replicaColumns, output ?? "table", context.outStyle, ({ id }) => String(id)));
  } else context.out(formatThing(found, output));
  return exitCodes.done;
}

/** `baton deployment delete NAME...`. */
export async function deleteDeployments(context: Context, names: readonly string[]): Promise<ExitCode> {
  const client = clientOf(context.options);
  for (const name of names) {
    await client.deployments.delete(name);
    context.say(`deployment ${name} is on its way: its replicas are stopped in order\n`);
  }
  return exitCodes.done;
}
