// `baton audit list`: who decided what, when and why.
import type { AuditEntry, AuditQuery } from "@baton/api";
import { clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { formatRows, type Column } from "../output/table.ts";

/** What `audit list` is given. */
export interface AuditOptions extends Pick<AuditQuery, "subject" | "action" | "actor"> {
  readonly limit: number;
}

const columns: readonly Column<AuditEntry>[] = [
  { title: "AT", of: ({ at }) => at },
  { title: "ACTOR", of: ({ actor }) => actor },
  { title: "ACTION", of: ({ action }) => action },
  { title: "SUBJECT", of: ({ subject }) => subject },
  { title: "FROM", of: ({ from }) => (from === null ? "" : [from.address, from.program ?? ""].join(" ").trimEnd()) },
  { title: "DETAIL", of: ({ detail }) => detailOf(detail) },
];

/** `baton audit list`: the newest first. */
export async function listAudit(context: Context, { subject, action, actor, limit }: AuditOptions): Promise<ExitCode> {
  const query = {
    ...(subject !== undefined && { subject }),
    ...(action !== undefined && { action }),
    ...(actor !== undefined && { actor }),
  };
  const { items } = await clientOf(context.options).listAudit({ ...query, pageSize: limit });
  context.out(formatRows(items, columns, context.options.output ?? "table", context.outStyle, (entry) => entry.subject));
  return exitCodes.done;
}

function detailOf(detail: AuditEntry["detail"]): string {
  const shown = Object.entries(detail).filter(([, value]) => value !== null);
  return shown.map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`).join(" ");
}
