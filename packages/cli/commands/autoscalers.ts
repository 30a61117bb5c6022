// Autoscalers from the command line: `autoscaler list|describe|delete`, and `plan -f` of a file of them.
import type { Autoscaler } from "@baton/api";
import type { JsonObject } from "@baton/core";
import { clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { askWithDocuments, type SourceFile } from "../file-refusal.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

const columns: readonly Column<Autoscaler>[] = [
  { title: "NAME", of: ({ name }) => name },
  { title: "TARGET", of: ({ target }) => targetText(target) },
  { title: "BOUNDS", of: ({ min, max }) => `${min} to ${max}` },
  { title: "CURRENT", of: ({ decision }) => (decision === null ? "" : String(decision.current)) },
  { title: "DESIRED", of: ({ decision, dryRun }) => (decision === null ? "" : `${decision.desired}${dryRun ? " (dry run)" : ""}`) },
  { title: "WHY", of: ({ decision, problem }) => problem ?? decision?.why ?? "" },
];

function targetText(target: JsonObject): string {
  const { kind, name, url } = target as { readonly kind?: string; readonly name?: string; readonly url?: string };
  return `${kind ?? ""} ${name ?? url ?? ""}`;
}

/** `baton autoscaler list`. */
export async function listAutoscalers(context: Context): Promise<ExitCode> {
  const all = await clientOf(context.options).autoscalers.list();
  context.out(formatRows(all, columns, context.options.output ?? "table", context.outStyle, ({ name }) => name));
  return exitCodes.done;
}

/** `baton autoscaler describe NAME`. */
export async function describeAutoscaler(context: Context, name: string): Promise<ExitCode> {
  context.out(formatThing(await clientOf(context.options).autoscalers.get(name), context.options.output ?? "yaml"));
  return exitCodes.done;
}

/** `baton autoscaler delete NAME...`. */
export async function deleteAutoscalers(context: Context, names: readonly string[]): Promise<ExitCode> {
  for (const name of names) {
    await clientOf(context.options).autoscalers.delete(name);
    context.say(`autoscaler ${name} deleted; what it scaled stays as it is\n`);
  }
  return exitCodes.done;
}

/** `baton plan -f FILE` of autoscalers: what they would do, and why. */
export async function planAutoscalers(context: Context, objects: readonly JsonObject[], source: SourceFile): Promise<ExitCode> {
  const plan = await askWithDocuments([source], () => clientOf(context.options).autoscalers.plan(objects));
  const { output } = context.options;
  if (output !== undefined && output !== "table" && output !== "wide") context.out(formatThing(plan, output));
  else for (const { name, decision } of plan) context.out(`${name} ${decision.why}\n`);
  return exitCodes.done;
}
