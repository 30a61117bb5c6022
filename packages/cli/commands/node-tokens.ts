// `baton node token create|list|delete`: the tokens that machines join with.
import type { NodeToken } from "@baton/api";
import { clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

/** How long a token is good, and what it is for. */
export interface TokenOptions {
  readonly expires?: number;
  readonly note?: string;
}

const columns: readonly Column<NodeToken>[] = [
  { title: "ID", of: ({ id }) => id },
  { title: "EXPIRES", of: ({ expiresAt }) => expiresAt },
  { title: "CREATED", of: ({ createdAt }) => createdAt, wide: true },
  { title: "NOTE", of: ({ note }) => note ?? "" },
];

/** The text goes to standard output alone, so that it can be handed on as it is. */
export async function createToken(context: Context, { expires, note }: TokenOptions): Promise<ExitCode> {
  const expiresIn = expires === undefined ? {} : { expiresIn: `PT${expires / 1000}S` };
  const made = await clientOf(context.options).nodes.createToken({ ...expiresIn, ...(note !== undefined && { note }) });
  const { output } = context.options;
  if (output !== undefined && output !== "table" && output !== "wide" && output !== "ids") context.out(formatThing(made, output));
  else {
    context.out(`${made.token}\n`);
    context.say(`good until ${made.expiresAt}, and shown this once; on the other machine: baton node join URL --token TOKEN\n`);
  }
  return exitCodes.done;
}

/** `baton node token list`. */
export async function listTokens(context: Context): Promise<ExitCode> {
  const tokens = await clientOf(context.options).nodes.listTokens();
  context.out(formatRows(tokens, columns, context.options.output ?? "table", context.outStyle, ({ id }) => id));
  return exitCodes.done;
}

/** `baton node token delete ID...`. */
export async function deleteTokens(context: Context, ids: readonly string[]): Promise<ExitCode> {
  const { nodes } = clientOf(context.options);
  for (const id of ids) {
    await nodes.deleteToken(id);
    context.say(`token ${id} deleted\n`);
  }
  return exitCodes.done;
}
