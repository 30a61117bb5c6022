// Commands about flows: `start`, `flow list`, `flow get`.
import type { FlowSummary } from "@baton/api";
import { compileWorkflow, formatDiagnostic } from "@baton/dsl";
import { parseFlowName } from "../backend.ts";
import { clientOf, connect } from "../connect.ts";
import { readInput, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";
import { followRun } from "./follow.ts";

const columns: readonly Column<FlowSummary>[] = [
  { title: "NAMESPACE", of: (flow) => flow.namespace },
  { title: "NAME", of: (flow) => flow.name },
  { title: "VERSION", of: (flow) => flow.version },
  { title: "CREATED", of: (flow) => flow.createdAt, wide: true },
];

/** The text, when it is a flow: looked at here, where its problems can be shown in its lines. */
export function checkedFlow(context: Context, file: string, source: string): string {
  const compiled = compileWorkflow(source, { file });
  for (const problem of compiled.ok ? compiled.warnings : compiled.diagnostics)
    context.say(`${formatDiagnostic(source, file, problem, { color: context.errStyle.color })}\n`);
  if (!compiled.ok) throw new CommandFailure(exitCodes.failed, "the flow has problems, above; nothing was registered", { where: file });
  return source;
}

export interface StartOptions {
  readonly input?: string;
  readonly wait?: boolean;
  readonly timeoutMs?: number;
  readonly idempotencyKey?: string;
}

/** `baton start FLOW`: starts a registered flow; prints the run's id, or with --wait what became of it. */
export async function start(context: Context, flow: string, options: StartOptions): Promise<ExitCode> {
  const input = await readInput(options.input);
  const backend = connect(context.options);
  try {
    const { id } = await backend.startRun(parseFlowName(flow), input, options.idempotencyKey);
    if (options.wait) return await followRun(backend, id, context, options.timeoutMs);
    const { output } = context.options;
    const asText = output === undefined || output === "table" || output === "wide" || output === "ids";
    context.out(asText ? `${id}\n` : formatThing({ id }, output));
    return exitCodes.done;
  } finally {
    await backend.close();
  }
}

/** `baton flow list`. */
export async function listFlows(context: Context): Promise<ExitCode> {
  const backend = connect(context.options);
  const flows = await backend.listFlows();
  context.out(
    formatRows(
      flows,
      columns,
      context.options.output ?? "table",
      context.outStyle,
      (flow) => `${flow.namespace}/${flow.name}@${flow.version}`,
    ),
  );
  return exitCodes.done;
}

/** `baton flow get FLOW`: the document as it was registered, or with -o everything about it. */
export async function getFlow(context: Context, name: string): Promise<ExitCode> {
  const flow = await connect(context.options).readFlow(parseFlowName(name));
  const { output } = context.options;
  context.out(output === undefined ? (flow.source.endsWith("\n") ? flow.source : `${flow.source}\n`) : formatThing(flow, output));
  return exitCodes.done;
}

/** `baton flow openapi [FLOW]`: the flows of a namespace as services, or one of them. */
export async function describeFlows(context: Context, name: string | undefined, namespace: string): Promise<ExitCode> {
  const client = clientOf(context.options);
  const flow = name === undefined ? undefined : parseFlowName(name);
  const only = flow && { flow: flow.name, ...(flow.version !== undefined && { version: flow.version }) };
  const document = await client.describeFlows(flow?.namespace ?? namespace, only);
  context.out(formatThing(document, context.options.output ?? "json"));
  return exitCodes.done;
}
