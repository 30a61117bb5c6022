// The secrets of a run in this process, from where its caller says: `--secret NAME` takes the environment variable of that
// name, `--secret NAME=@FILE` a file, `--secret-file` a file of many. Nothing of the environment is read unless it is named.
import { isObject, parseJson, type Json } from "@baton/core";
import { parse } from "yaml";
import { readText } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { CommandFailure } from "./failure.ts";

/** What `baton run` is given. */
export interface SecretSources {
  readonly secret?: readonly string[];
  readonly secretFile?: string;
}

/** The secrets by name. */
export async function readSecretSources({ secret = [], secretFile }: SecretSources): Promise<{ readonly [name: string]: Json }> {
  const named = await Promise.all(secret.map(async (source) => readNamed(source)));
  return { ...(secretFile === undefined ? {} : await readMany(secretFile)), ...Object.fromEntries(named) };
}

async function readNamed(source: string): Promise<readonly [string, Json]> {
  const [, name = "", from] = /^([^=]+)(?:=(.*))?$/s.exec(source) ?? [];
  if (from?.startsWith("@") === true) return [name, valueOf((await readText(from.slice(1))).replace(/\r?\n$/, ""))];
  if (from !== undefined || name === "") {
    const next = "write NAME=@FILE, or NAME for the environment variable of that name";
    throw new CommandFailure(exitCodes.usage, "a secret's value cannot be an argument: everyone on this machine could read it", { next });
  }
  const value = process.env[name];
  if (value !== undefined) return [name, valueOf(value)];
  throw new CommandFailure(exitCodes.usage, `there is no environment variable ${name}`, { where: `--secret ${name}` });
}

/** An object where the text is one in JSON; else the text. */
function valueOf(text: string): Json {
  const parsed = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
  return parsed?.ok === true ? parsed.value : text;
}

async function readMany(path: string): Promise<{ readonly [name: string]: Json }> {
  const value = parseYaml(await readText(path));
  if (value !== undefined && isObject(value)) return value;
  throw new CommandFailure(exitCodes.usage, "the file of secrets is not an object", {
    where: path,
    next: "write `NAME: value` on each line, in YAML or JSON",
  });
}

/** Undefined: it is no YAML. What the parser says of it may repeat what it has read. */
function parseYaml(text: string): Json | undefined {
  try {
    return parse(text, { logLevel: "silent" }) as Json;
  } catch {
    return undefined;
  }
}
