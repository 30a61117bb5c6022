// What every command is given: where to write, who reads it, and how to reach a backend.
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { parseJson, type Json } from "@baton/core";
import { CommandFailure } from "./failure.ts";
import { exitCodes } from "./exit-codes.ts";
import type { OutputFormat } from "./output/table.ts";
import { styleFor, wantsColor, type Style } from "./output/style.ts";

/** Options that stand on every command. */
export interface GlobalOptions {
  readonly server?: string;
  readonly token?: string;
  readonly output?: OutputFormat;
  /** The command that runs, as the server is told: `baton node drain`. */
  readonly program?: string;
}

export interface Context {
  readonly options: GlobalOptions;
  readonly outStyle: Style;
  readonly errStyle: Style;
  /** True where a person sees both what is printed and what is said. */
  readonly interactive: boolean;
  out(text: string): void;
  say(text: string): void;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
}

/** The context of this process. */
export function processContext(options: GlobalOptions, signal: AbortSignal): Context {
  return {
    options,
    outStyle: styleFor(wantsColor(process.stdout, process.env), process.stdout.isTTY ? process.stdout.columns : undefined),
    errStyle: styleFor(wantsColor(process.stderr, process.env)),
    interactive: process.stdout.isTTY && process.stderr.isTTY,
    out: (text) => void process.stdout.write(text),
    say: (text) => void process.stderr.write(text),
    signal,
  };
}

/** The address of the server that is configured, by option or environment. */
export function serverAddress(options: GlobalOptions): string | undefined {
  return options.server ?? process.env["BATON_SERVER"];
}

/** The token that is configured, by option or environment. */
export function serverToken(options: GlobalOptions): string | undefined {
  return options.token ?? process.env["BATON_TOKEN"];
}

/** Reads a file that the user named; `-` is standard input. */
export async function readText(path: string): Promise<string> {
  if (path === "-") return readStandardInput();
  return decodeText(await readBytes(path), path);
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new CommandFailure(exitCodes.notFound, "there is no such file", {
        where: path,
        next: "check the path; it is relative to the folder that you are in",
      });
    throw new CommandFailure(exitCodes.failed, "the file can't be read", { where: path, why: (error as Error).message });
  }
}

/** All of standard input. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return decodeText(Buffer.concat(chunks), "standard input");
}

/** Bytes that are no text are refused: read as if they were, they would silently become other characters. */
function decodeText(bytes: Buffer, where: string): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw new CommandFailure(exitCodes.failed, "this is not a text in UTF-8", { where, next: "save it as UTF-8 and try again" });
}

/** The value of `-i`: JSON, `@file`, or `-` for standard input. Absent: null. */
export async function readInput(argument: string | undefined, option = "-i"): Promise<Json> {
  if (argument === undefined) return null;
  const path = argument === "-" ? "-" : argument.startsWith("@") ? argument.slice(1) : undefined;
  const parsed = parseJson(path === undefined ? argument : await readText(path));
  if (parsed.ok) return parsed.value;
  throw new CommandFailure(exitCodes.usage, `the input is not JSON: ${parsed.error}`, {
    where: path ?? option,
    next: `write JSON ('{"name":"Ada"}'), or @FILE for a file that holds it`,
  });
}

/** Ids as they are given: `-` alone reads them from standard input. */
export async function readIds(names: readonly string[]): Promise<readonly string[]> {
  if (names.length !== 1 || names[0] !== "-") return names;
  return (await readStandardInput()).split(/\s+/).filter((id) => id !== "");
}
