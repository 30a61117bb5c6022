// The arguments of `baton jq`, read the way jq reads its own.
import { nearest } from "@baton/core";

/** Where the input comes from. */
export type InputSource =
  | { readonly kind: "stdin" }
  | { readonly kind: "null" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly path: string };

/** What was asked for. */
export interface JqArguments {
  readonly program: string | undefined;
  readonly programFile: string | undefined;
  readonly input: InputSource;
  readonly testFile: string | undefined;
  readonly help: boolean;
  readonly indent: string;
  readonly raw: boolean;
  readonly join: boolean;
  readonly slurp: boolean;
  readonly rawInput: boolean;
  readonly sortKeys: boolean;
  readonly asciiOnly: boolean;
  readonly exitStatus: boolean;
  /** Variables by name, as JSON text. */
  readonly variables: ReadonlyMap<string, string>;
}

/** The arguments, or what is wrong with them. */
export type ParsedArguments = { readonly ok: true; readonly value: JqArguments } | { readonly ok: false; readonly message: string };

type Draft = { -readonly [K in keyof JqArguments]: JqArguments[K] } & { variables: Map<string, string> };

class UsageProblem extends Error {}

const defaultIndent = "  ";
const widestIndent = 7;

/** Takes the values of an option from the arguments that follow it. */
type Take = (what: string) => string;

const switches: { readonly [name: string]: (draft: Draft) => void } = {
  "--null-input": (draft) => (draft.input = { kind: "null" }),
  "--compact-output": (draft) => (draft.indent = ""),
  "--raw-output": (draft) => (draft.raw = true),
  "--join-output": (draft) => (draft.raw = draft.join = true),
  "--slurp": (draft) => (draft.slurp = true),
  "--raw-input": (draft) => (draft.rawInput = true),
  "--sort-keys": (draft) => (draft.sortKeys = true),
  "--ascii-output": (draft) => (draft.asciiOnly = true),
  "--exit-status": (draft) => (draft.exitStatus = true),
  "--tab": (draft) => (draft.indent = "\t"),
  "--help": (draft) => (draft.help = true),
  "--monochrome-output": () => {},
};

const withValues: { readonly [name: string]: (draft: Draft, take: Take) => void } = {
  "--input": (draft, take) => (draft.input = inputFrom(take("a JSON text or @FILE"))),
  "--from-file": (draft, take) => (draft.programFile = take("a file")),
  "--run-tests": (draft, take) => (draft.testFile = take("a file of test cases")),
  "--indent": (draft, take) => (draft.indent = indentFrom(take("a number of spaces"))),
  "--arg": (draft, take) => draft.variables.set(take("a name"), JSON.stringify(take("a value"))),
  "--argjson": (draft, take) => draft.variables.set(take("a name"), take("a JSON text")),
};

const shortNames: { readonly [letter: string]: string } = {
  i: "--input",
  n: "--null-input",
  c: "--compact-output",
  r: "--raw-output",
  j: "--join-output",
  s: "--slurp",
  R: "--raw-input",
  S: "--sort-keys",
  a: "--ascii-output",
  e: "--exit-status",
  f: "--from-file",
  M: "--monochrome-output",
  h: "--help",
};

/** Reads the arguments that follow `baton jq`. */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  const draft: Draft = {
    program: undefined,
    programFile: undefined,
    input: { kind: "stdin" },
    testFile: undefined,
    help: false,
    indent: defaultIndent,
    raw: false,
    join: false,
    slurp: false,
    rawInput: false,
    sortKeys: false,
    asciiOnly: false,
    exitStatus: false,
    variables: new Map(),
  };
  try {
    readAll(argv, draft);
    return { ok: true, value: draft };
  } catch (error) {
    if (error instanceof UsageProblem) return { ok: false, message: error.message };
    throw error;
  }
}

function readAll(argv: readonly string[], draft: Draft): void {
  const rest = [...argv];
  let options = true;
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const name = arg;
    const take: Take = (what) => rest.shift() ?? usage(`${name} needs ${what}`);
    if (options && name === "--") options = false;
    else if (options && name.startsWith("--")) readOption(name, draft, take);
    else if (options && name.startsWith("-") && name.length > 1)
      for (const letter of name.slice(1)) readOption(shortNames[letter] ?? `-${letter}`, draft, take);
    else if (draft.program === undefined && draft.programFile === undefined) draft.program = name;
    else usage(`unexpected argument ${name}: the input is given with -i JSON, -i @FILE or on standard input`);
  }
  if (draft.program === undefined && draft.programFile === undefined && draft.testFile === undefined && !draft.help)
    usage("a program is missing");
}

function readOption(name: string, draft: Draft, take: Take): void {
  const action = Object.hasOwn(switches, name) ? switches[name] : undefined;
  const valued = Object.hasOwn(withValues, name) ? withValues[name] : undefined;
  if (action) action(draft);
  else if (valued) valued(draft, take);
  else {
    const meant = nearest(name, [...Object.keys(switches), ...Object.keys(withValues)]);
    usage(`unknown option ${name}${meant === undefined ? "" : `: did you mean ${meant}?`}`);
  }
}

function inputFrom(text: string): InputSource {
  return text.startsWith("@") ? { kind: "file", path: text.slice(1) } : { kind: "text", text };
}

function indentFrom(text: string): string {
  const width = Number(text);
  if (!Number.isInteger(width) || width < 0 || width > widestIndent)
    usage(`--indent takes a number from 0 to ${widestIndent}, not ${text}`);
  return " ".repeat(width);
}

function usage(message: string): never {
  throw new UsageProblem(message);
}

/** What `baton jq --help` prints. */
export const usageText = `usage: baton jq PROGRAM [options]

  -i, --input JSON|@FILE   the input; without it, JSON texts are read from standard input
  -n, --null-input         run once on null
  -s, --slurp              run once on an array of all inputs
  -R, --raw-input          take lines of text as inputs, not JSON
      --arg NAME VALUE     set $NAME to a string
      --argjson NAME JSON  set $NAME to a JSON value
  -f, --from-file FILE     read the program from a file
  -c, --compact-output     one line per result
  -r, --raw-output         print strings without quotes
  -j, --join-output        as -r, without line ends
  -S, --sort-keys          print object keys in order
  -a, --ascii-output       escape everything beyond ASCII
      --tab, --indent N    how to indent
  -e, --exit-status        exit with 1 if the last result is false or null, 4 if there is none
      --run-tests FILE     run a file of cases in the format of jq's own test files

Exit codes: 0 done, 1 and 4 see -e, 2 wrong usage or input, 3 the program does not compile, 5 it failed.
`;
