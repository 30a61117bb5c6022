// Commands about approvals: `approval list`, `get`, `approve`, `reject`.
import { userInfo } from "node:os";
import type { ApprovalSummary } from "@baton/api";
import type { Json } from "@baton/core";
import { allPages, clientOf } from "../connect.ts";
import { readInput, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

const columns: readonly Column<ApprovalSummary>[] = [
  { title: "APPROVAL", of: ({ id }) => id },
  { title: "FLOW", of: ({ workflow }) => `${workflow.namespace}/${workflow.name}` },
  { title: "TASK", of: ({ name }) => name },
  { title: "WHAT", of: ({ title }) => title ?? "" },
  { title: "WHO", of: ({ role }) => role ?? "" },
  { title: "SINCE", of: ({ since }) => since },
  { title: "UNTIL", of: ({ until }) => until ?? "" },
  { title: "VERSION", of: ({ workflow }) => workflow.version, wide: true },
];

/** Who answers, why, and with which form. */
export interface AnswerOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly form?: string;
}

/** `baton approval list`. */
export async function listApprovals(context: Context, { role }: { readonly role?: string }): Promise<ExitCode> {
  const client = clientOf(context.options);
  const all = await allPages((pageToken) => client.listApprovals(pageToken));
  const shown = role === undefined ? all : all.filter((one) => one.role === role);
  context.out(formatRows(shown, columns, context.options.output ?? "table", context.outStyle, ({ id }) => id));
  return exitCodes.done;
}

/** `baton approval get ID`: with what there is to decide on. */
export async function getApproval(context: Context, id: string): Promise<ExitCode> {
  const approval = await clientOf(context.options).getApproval(id);
  context.out(formatThing(approval, context.options.output ?? "yaml"));
  return exitCodes.done;
}

/** `baton approval approve|reject ID`. */
export async function answerApproval(context: Context, id: string, approved: boolean, options: AnswerOptions): Promise<ExitCode> {
  const { by = userInfo().username, reason } = options;
  const form: Json | undefined = options.form === undefined ? undefined : await readInput(options.form, "--form");
  const answer = { by, ...(reason !== undefined && { reason }), ...(form !== undefined && { form }) };
  const client = clientOf(context.options);
  const run = await (approved ? client.approve(id, answer) : client.reject(id, answer));
  context.say(`${id} ${approved ? "approved" : "rejected"} by ${by}; the run is ${run.status}\n`);
  return exitCodes.done;
}
