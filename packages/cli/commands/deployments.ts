// What is deployed, from the command line: `deployment list|describe|history|rollback|resume|delete`. `baton apply -f FILE` creates and changes it.
import type { Deployment, DeploymentVersion, Replica } from "@baton/api";
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
  { title: "PHASE", of: ({ phase, crashLooping }) => (crashLooping ? `crash loop (${phase})` : phase) },
  { title: "SINCE", of: ({ since }) => since, wide: true },
  { title: "NODE", of: ({ node }) => node ?? "" },
  { title: "PORT", of: ({ port }) => (port === null ? "" : String(port)) },
  { title: "CRASHES", of: ({ crashes }) => String(crashes) },
  { title: "AGAIN AT", of: ({ restartsAt }) => restartsAt ?? "" },
  { title: "JOB", of: ({ job }) => job ?? "" },
  { title: "PROBLEM", of: ({ problem }) => problem ?? "" },
];

const versionColumns: readonly Column<DeploymentVersion & { readonly wanted: boolean }>[] = [
  { title: "VERSION", of: ({ generation }) => String(generation) },
  { title: "WANTED SINCE", of: ({ wantedAt }) => wantedAt },
  { title: "STATE", of: ({ wanted, stable }) => [...(wanted ? ["wanted"] : []), ...(stable ? ["stable"] : [])].join(", ") },
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

/** `baton deployment history NAME`: the versions that it can go back to. */
export async function deploymentHistory(context: Context, name: string): Promise<ExitCode> {
  const { versions, generation } = await clientOf(context.options).deployments.get(name);
  const rows = versions.map((version) => ({ ...version, wanted: version.generation === generation }));
  context.out(formatRows(rows, versionColumns, context.options.output ?? "table", context.outStyle, (one) => String(one.generation)));
  return exitCodes.done;
}

/** `baton deployment rollback NAME [--to VERSION]`. */
export async function rollBackDeployment(context: Context, name: string, { to }: { readonly to?: number }): Promise<ExitCode> {
  const { generation } = await clientOf(context.options).deployments.rollBack(name, to);
  context.say(`deployment ${name} goes back to version ${generation}\n`);
  return exitCodes.done;
}

/** `baton deployment resume NAME`. */
export async function resumeDeployment(context: Context, name: string): Promise<ExitCode> {
  const { generation } = await clientOf(context.options).deployments.resume(name);
  context.say(`version ${generation} of deployment ${name} is tried once more\n`);
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
