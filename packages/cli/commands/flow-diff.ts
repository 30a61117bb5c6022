// `baton flow diff A B`: what differs between two versions of a flow, or two files, by the names of steps, and whether runs
// that are under way could go on with the second one.
import { existsSync } from "node:fs";
import type { FlowComparison } from "@baton/api";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import { diffFlows, type FlowDiff, type StepChange } from "@baton/engine";
import { parseFlowName, type FlowName } from "../backend.ts";
import { clientOf } from "../connect.ts";
import { readText, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { formatThing } from "../output/table.ts";
import { checkedFlow } from "./flows.ts";

type Comparison = FlowDiff & Pick<FlowComparison, "from" | "to"> & Partial<Pick<FlowComparison, "runs">>;

/** Compares two flows; 1 where they differ. */
export async function diffFlow(context: Context, a: string, b: string): Promise<ExitCode> {
  const comparison = (await onServer(context, a, b)) ?? (await here(context, a, b));
  const { output } = context.options;
  const asText = output === undefined || output === "table" || output === "wide";
  if (output === "ids") context.out(comparison.steps.map(({ step }) => `${step}\n`).join(""));
  else context.out(asText ? textOf(comparison) : formatThing(comparison, output));
  return comparison.steps.length + comparison.sections.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** Two versions of one flow are compared where its runs are. */
async function onServer(context: Context, a: string, b: string): Promise<Comparison | undefined> {
  if (isFile(a) || isFile(b)) return undefined;
  const [from, to] = [parseFlowName(a), parseFlowName(b)];
  if (from.namespace !== to.namespace || from.name !== to.name) return undefined;
  const client = clientOf(context.options);
  const version = async (flow: FlowName): Promise<string> => flow.version ?? (await client.getFlow(flow)).version;
  const { namespace, name } = from;
  return client.diffFlow({ namespace, name, version: await version(from) }, await version(to));
}

async function here(context: Context, a: string, b: string): Promise<Comparison> {
  const [from, to] = [await flowOf(context, a), await flowOf(context, b)];
  return { from: referenceOf(from), to: referenceOf(to), ...diffFlows(from, to) };
}

function isFile(text: string): boolean {
  return text === "-" || /\.(?:ya?ml|json)$/i.test(text) || existsSync(text);
}

async function flowOf(context: Context, name: string): Promise<Workflow> {
  const source = isFile(name)
    ? checkedFlow(context, name, await readText(name))
    : (await clientOf(context.options).getFlow(parseFlowName(name))).source;
  const compiled = compileWorkflow(source);
  if (compiled.ok) return compiled.workflow;
  throw new CommandFailure(exitCodes.failed, "the flow cannot be read", { where: name, next: "`baton lint` shows its problems" });
}

function referenceOf({ namespace, name, version }: Workflow): Comparison["from"] {
  return { namespace, name, version };
}

const signs = { added: "+", removed: "-", changed: "~", moved: ">" } as const;

function textOf(comparison: Comparison): string {
  const { steps, sections, from, to } = comparison;
  const rows = [
    ...sections.map(({ change, key }) => [signs[change], key, "outside of steps"]),
    ...steps.map((one) => [signs[one.change], one.step, detailOf(one)]),
  ];
  const width = Math.max(0, ...rows.map(([, name = ""]) => name.length));
  const lines = rows.map(([sign = "", name = "", detail = ""]) => `${sign} ${name.padEnd(width)}  ${detail}`.trimEnd());
  const title = `${nameOf(from)} -> ${nameOf(to)}`;
  return `${[title, ...(lines.length === 0 ? ["nothing differs"] : lines), "", ...verdictOf(comparison)].join("\n")}\n`;
}

function nameOf({ namespace, name, version }: Comparison["from"]): string {
  return `${namespace}/${name}@${version}`;
}

function detailOf({ change, kind, keys = [], from = "", to = "" }: StepChange): string {
  if (change === "changed") return `${kind}: ${keys.join(", ")}`;
  return change === "moved" ? `${kind}: was ${from}, is ${to}` : kind;
}

/** Whether live runs could be migrated, and what keeps those that could not. */
function verdictOf({ from, to, obstacles, runs }: Comparison): string[] {
  if (from.namespace !== to.namespace || from.name !== to.name)
    return ["These are two flows: a run of the one cannot go on with the other."];
  const static_ =
    obstacles.length === 0
      ? ["Any run that is under way can go on with the second."]
      : [
          "A run cannot go on with the second while it is at, or where it has done:",
          ...obstacles.map(({ step, why }) => `  ${step}: ${why}`),
        ];
  return runs === undefined ? static_ : [...static_, ...checkedRuns(runs, to.version)];
}

function checkedRuns({ checked, safe, unsafe, more }: NonNullable<Comparison["runs"]>, version: string): string[] {
  const all = checked === 1 ? "1 live run" : `${checked} live runs`;
  const which = checked === 0 ? "There is no live run" : `Of ${all}, ${safe} can go on: baton run migrate ID --to ${version}`;
  const rest = more ? ["There are more runs, which were not looked at."] : [];
  return ["", which, ...unsafe.map(({ id, problems }) => `  ${id} cannot: ${problems.join("; ")}`), ...rest];
}
