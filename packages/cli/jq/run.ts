// `baton jq`: runs one expression on JSON from the shell, with jq's options and exit codes.
import { readFile } from "node:fs/promises";
import {
  compile,
  type ExactValue,
  type Expression,
  ExpressionError,
  type Json,
  parseJsonSequence,
  parseJsonText,
  toJsonText,
} from "@baton/expr";
import { type InputSource, type JqArguments, parseArguments, usageText } from "./arguments.ts";
import { describeDiagnostics, withCaret } from "./report.ts";
import { runTestFile } from "./test-file.ts";

/** How the command reads and writes. */
export interface JqIo {
  readonly stdin: () => Promise<string> | string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const exitCodes = { done: 0, falseResult: 1, usage: 2, doesNotCompile: 3, noResult: 4, failed: 5 } as const;

/** Ends the command with a message and an exit code. */
class Exit extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Runs the command and gives its exit code. */
export async function runJq(argv: readonly string[], io: JqIo): Promise<number> {
  const parsed = parseArguments(argv);
  if (!parsed.ok) {
    io.err(`baton jq: ${parsed.message}\n${usageText}`);
    return exitCodes.usage;
  }
  try {
    return await run(parsed.value, io);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    io.err(error.message);
    return error.code;
  }
}

async function run(args: JqArguments, io: JqIo): Promise<number> {
  if (args.help) {
    io.out(usageText);
    return exitCodes.done;
  }
  if (args.testFile !== undefined) {
    const { failed } = runTestFile(await fileText(args.testFile), io.out);
    return failed === 0 ? exitCodes.done : exitCodes.falseResult;
  }
  const { names, values } = variablesOf(args);
  const source = args.program ?? (await fileText(args.programFile ?? ""));
  const compiled = compile(source, { variables: names, exactNumbers: true });
  if (!compiled.ok) throw new Exit(exitCodes.doesNotCompile, describeDiagnostics(compiled.diagnostics, source));
  return evaluateAll(compiled.expression, await inputsOf(args, io), values, args, io);
}

async function fileText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new Exit(exitCodes.usage, `baton jq: cannot read ${path}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

// `$ARGS.named` holds what --arg and --argjson set, as in jq.
function variablesOf({ variables }: JqArguments): { readonly names: readonly string[]; readonly values: readonly Json[] } {
  const named = [...variables].map(([name, text]) => ({ name, value: jsonArgument(name, text) }));
  const args = { positional: [], named: Object.fromEntries(named.map(({ name, value }) => [name, value])) };
  return { names: ["ARGS", ...named.map(({ name }) => name)], values: [args, ...named.map(({ value }) => value)] };
}

function jsonArgument(name: string, text: string): Json {
  const reading = parseJsonText(text);
  if (reading.ok) return reading.value as Json;
  throw new Exit(exitCodes.usage, `baton jq: the value of $${name} is no JSON: ${reading.message}\n`);
}

/** The inputs in order; the error of unreadable input comes after the results of those before it. */
interface Inputs {
  readonly values: readonly ExactValue[];
  readonly error: string | undefined;
}

async function inputsOf(args: JqArguments, io: JqIo): Promise<Inputs> {
  if (args.input.kind === "null") return { values: [null], error: undefined };
  const text = await inputText(args.input, io);
  const { values, error } = args.rawInput ? rawInputs(text, args.slurp) : parseJsonSequence(text);
  return args.slurp && !args.rawInput && error === undefined ? { values: [values], error } : { values, error };
}

async function inputText(input: Exclude<InputSource, { kind: "null" }>, io: JqIo): Promise<string> {
  switch (input.kind) {
    case "stdin":
      return io.stdin();
    case "file":
      return fileText(input.path);
    case "text":
      return input.text;
  }
}

function rawInputs(text: string, slurp: boolean): Inputs {
  if (slurp) return { values: [text], error: undefined };
  const lines = text.split("\n");
  return { values: lines.at(-1) === "" ? lines.slice(0, -1) : lines, error: undefined };
}

function evaluateAll(expression: Expression, inputs: Inputs, variables: readonly Json[], args: JqArguments, io: JqIo): number {
  let code: number = exitCodes.done;
  let last: ExactValue | undefined;
  for (const input of inputs.values) {
    try {
      for (const result of expression.all(input as Json, variables, limitsFor(io))) {
        print(result, args, io);
        last = result;
      }
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      if (error.kind === "halt") return halt(error, io);
      io.err(`baton jq: ${describeError(error, expression.source)}\n`);
      code = exitCodes.failed;
    }
  }
  if (inputs.error !== undefined) throw new Exit(exitCodes.usage, `baton jq: error (at the input): ${inputs.error}\n`);
  if (code !== exitCodes.done || !args.exitStatus) return code;
  if (last === undefined) return exitCodes.noResult;
  return last === null || last === false ? exitCodes.falseResult : exitCodes.done;
}

function limitsFor(io: JqIo) {
  return {
    now: Date.now(),
    onMessage: (kind: "debug" | "stderr", value: ExactValue) => {
      io.err(kind === "debug" ? `${toJsonText(["DEBUG:", value])}\n` : rawText(value));
    },
  };
}

function rawText(value: ExactValue): string {
  return typeof value === "string" ? value : toJsonText(value);
}

function print(value: ExactValue, args: JqArguments, io: JqIo): void {
  const { indent, sortKeys, asciiOnly } = args;
  const text = args.raw && typeof value === "string" ? value : toJsonText(value, { indent, sortKeys, asciiOnly });
  io.out(args.join ? text : `${text}\n`);
}

// What halt_error was given is printed as it is: strings raw, everything else as JSON with a line end.
function halt(error: ExpressionError, io: JqIo): number {
  if (error.value !== undefined) io.err(typeof error.value === "string" ? error.value : `${toJsonText(error.value)}\n`);
  return error.exitCode ?? exitCodes.failed;
}

function describeError(error: ExpressionError, source: string): string {
  const message = `error: ${error.message}`;
  return error.offset === undefined ? message : withCaret(message, source, error.offset, 1);
}
