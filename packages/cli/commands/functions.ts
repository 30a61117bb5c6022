// Commands about what flows call as functions: `function apply`, `get`, `delete`. What there is: function-list.ts; packages of code: function-packages.ts.
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { compileFunction, formatDiagnostic, functionNameProblem } from "@baton/dsl";
import { clientOf } from "../connect.ts";
import { readText, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { formatThing } from "../output/table.ts";

interface Named {
  readonly name: string;
  readonly version: string;
}

/** Which namespace, and what a single file is called. */
export interface FunctionOptions {
  readonly namespace: string;
  readonly as?: string;
}

/** `baton function apply PATH...`: adds functions to the default catalog. Applying the same again changes nothing. */
export async function applyFunctions(context: Context, paths: readonly string[], { namespace, as }: FunctionOptions): Promise<ExitCode> {
  const files = paths.flatMap(filesAt);
  if (as !== undefined && files.length !== 1)
    throw new CommandFailure(exitCodes.usage, `--as names one function, but there are ${files.length} files`, {
      next: "leave it out for files that lie as NAME/VERSION/function.yaml",
    });
  const found = await Promise.all(
    files.map(async (file) => ({ file, named: as === undefined ? nameOfPath(file) : parseName(as), source: await readText(file) })),
  );
  // Everything is looked at before anything is applied.
  for (const { file, source } of found) check(context, file, source);
  const client = clientOf(context.options);
  for (const { named, source } of inOrder(found)) {
    const { created } = await client.putFunction({ namespace, ...named }, source);
    context.say(`${namespace}/${named.name}:${named.version} ${created ? "added" : "unchanged"}\n`);
  }
  return exitCodes.done;
}

interface Found {
  readonly file: string;
  readonly named: Named;
  readonly source: string;
}

const call = /\bcall:\s*["']?([^\s"'@:]+:[^\s"'@:]+)@default\b/g;

/** Functions after those of the same call that they call themselves. */
function inOrder(found: readonly Found[]): readonly Found[] {
  const waiting = new Map<string, Found>(found.map((one) => [`${one.named.name}:${one.named.version}`, one] as const));
  const ordered: Found[] = [];
  const visit = (key: string): void => {
    const one = waiting.get(key);
    waiting.delete(key);
    if (one === undefined) return;
    for (const match of one.source.matchAll(call)) visit(match[1] ?? "");
    ordered.push(one);
  };
  for (const key of waiting.keys()) visit(key);
  return ordered;
}

function check(context: Context, file: string, source: string): void {
  const compiled = compileFunction(source, { file });
  for (const problem of compiled.ok ? compiled.warnings : compiled.diagnostics)
    context.say(`${formatDiagnostic(source, file, problem, { color: context.errStyle.color })}\n`);
  if (!compiled.ok) throw new CommandFailure(exitCodes.failed, "the function has problems, above; nothing was added", { where: file });
}

function filesAt(path: string): string[] {
  if (path === "-" || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const files = globSync("**/function.{yaml,yml,json}", { cwd: path })
    .sort()
    .map((file) => join(path, file));
  if (files.length > 0) return files;
  throw new CommandFailure(exitCodes.notFound, "there is no function in that folder", {
    where: path,
    next: "functions lie as NAME/VERSION/function.yaml",
  });
}

function nameOfPath(file: string): Named {
  const [version, name] = file.split(/[\\/]/).slice(0, -1).reverse();
  const named = { name: name ?? "", version: version ?? "" };
  if (functionNameProblem(named) === undefined) return named;
  throw new CommandFailure(exitCodes.usage, "the path does not say what the function is called", {
    where: file,
    next: "name it with --as NAME:VERSION, or put it in NAME/VERSION/function.yaml",
  });
}

/** Reads NAME:VERSION. */
function parseName(text: string): Named {
  const [, name = "", version = ""] = /^([^:@]*):([^:@]*)$/.exec(text) ?? [];
  const problem = functionNameProblem({ name, version });
  if (problem === undefined) return { name, version };
  throw new CommandFailure(exitCodes.usage, `"${text}" is not a function: ${problem}`, { next: "write NAME:VERSION, such as greet:1.0.0" });
}

/** `baton function get NAME:VERSION`: the function as it was applied, or with -o everything about it; of code its package with its instances. */
export async function getFunction(context: Context, name: string, { namespace }: FunctionOptions): Promise<ExitCode> {
  const { output } = context.options;
  const client = clientOf(context.options);
  const pack = (await client.deployments.list()).find(({ name: own, functions }) => own === name || functions.includes(name));
  if (pack !== undefined) {
    context.out(formatThing(pack, output ?? "yaml"));
    return exitCodes.done;
  }
  const found = await client.getFunction({ namespace, ...parseName(name) });
  context.out(output === undefined ? (found.source.endsWith("\n") ? found.source : `${found.source}\n`) : formatThing(found, output));
  return exitCodes.done;
}

/** `baton function delete NAME:VERSION...`: flows that are registered keep what they were made of. */
export async function deleteFunctions(context: Context, names: readonly string[], { namespace }: FunctionOptions): Promise<ExitCode> {
  const packages = names.filter((name) => !name.includes(":"));
  for (const name of packages) {
    await clientOf(context.options).deployments.delete(name);
    context.say(`package ${name} is on its way: its instances finish their calls\n`);
  }
  for (const named of names.filter((name) => name.includes(":")).map(parseName)) {
    await clientOf(context.options).deleteFunction({ namespace, ...named });
    context.say(`${namespace}/${named.name}:${named.version} is deleted\n`);
  }
  return exitCodes.done;
}
