// Commands about secrets: `secret set`, `list`, `delete`, `rotate`, `generate-key`. A value is never an argument: those
// are seen by everyone on the machine, and kept by the shell.
import type { Secret } from "@baton/api";
import { parseJson, type Json } from "@baton/core";
import { newKey } from "@baton/runtime";
import { allPages, clientOf } from "../connect.ts";
import { readText, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { formatRows, type Column } from "../output/table.ts";

const columns: readonly Column<Secret>[] = [
  { title: "NAMESPACE", of: ({ namespace }) => namespace },
  { title: "NAME", of: ({ name }) => name },
  { title: "UPDATED", of: ({ updatedAt }) => updatedAt },
  { title: "KEY", of: ({ keyId }) => keyId, wide: true },
];

/** Which namespace. */
export interface SecretOptions {
  readonly namespace: string;
}

/** `baton secret set NAME`: the value comes from a file or standard input. */
export async function setSecret(
  context: Context,
  name: string,
  { namespace, file, json }: SecretOptions & { readonly file: string; readonly json?: boolean },
): Promise<ExitCode> {
  if (file === "-" && process.stdin.isTTY) context.say("type the value, then a new line and Ctrl-D (or pipe it in, or use --file)\n");
  const value = secretValue(await readText(file), json === true, file);
  await clientOf(context.options).putSecret({ namespace, name }, value);
  context.say(`${namespace}/${name} is set\n`);
  return exitCodes.done;
}

/** A text as a secret's value: without the new line at its end, or as JSON. */
export function secretValue(text: string, json: boolean, where: string): Json {
  if (!json) return text.replace(/\r?\n$/, "");
  const parsed = parseJson(text);
  if (parsed.ok) return parsed.value;
  // The parser's words may repeat what it has read.
  throw new CommandFailure(exitCodes.usage, "the value is not JSON", {
    where,
    next: 'write an object such as {"username": ..., "password": ...}',
  });
}

/** `baton secret list`. */
export async function listSecrets(context: Context, { namespace }: SecretOptions): Promise<ExitCode> {
  const client = clientOf(context.options);
  const secrets = await allPages((pageToken) => client.listSecrets(namespace, pageToken));
  context.out(formatRows(secrets, columns, context.options.output ?? "table", context.outStyle, ({ name }) => name));
  return exitCodes.done;
}

/** `baton secret delete NAME...`. */
export async function deleteSecrets(context: Context, names: readonly string[], { namespace }: SecretOptions): Promise<ExitCode> {
  for (const name of names) {
    await clientOf(context.options).deleteSecret({ namespace, name });
    context.say(`${namespace}/${name} is deleted\n`);
  }
  return exitCodes.done;
}

/** `baton secret rotate`: encrypts with the server's current key whatever a former one encrypted. */
export async function rotateSecrets(context: Context): Promise<ExitCode> {
  const { rotated } = await clientOf(context.options).rotateSecrets();
  context.say(`${rotated} ${rotated === 1 ? "secret is" : "secrets are"} encrypted anew\n`);
  return exitCodes.done;
}

/** `baton secret generate-key`: a key for `baton up --secret-key-file`. */
export function generateKey(context: Context): ExitCode {
  context.out(`${newKey()}\n`);
  return exitCodes.done;
}
