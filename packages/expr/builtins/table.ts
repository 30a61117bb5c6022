// Every builtin by name and number of arguments, and what is left out and why.
import { constantCode } from "../code/basic.ts";
import type { Definition } from "../syntax/ast.ts";
import { parseProgram } from "../syntax/parser.ts";
import { dateBuiltins } from "./dates.ts";
import { hostBuiltins } from "./host.ts";
import type { Maker, MakerTable } from "./maker.ts";
import { mathBuiltins } from "./math.ts";
import { orderings } from "./ordering.ts";
import { prelude } from "./prelude.ts";
import { regexBuiltins } from "./regex.ts";
import { repetition } from "./repetition.ts";
import { selection } from "./selection.ts";
import { stringBuiltins } from "./strings.ts";
import { valueBuiltins } from "./values.ts";

const tables: readonly MakerTable[] = [
  selection,
  repetition,
  valueBuiltins,
  stringBuiltins,
  orderings,
  mathBuiltins,
  dateBuiltins,
  regexBuiltins,
  hostBuiltins,
];
const makers: ReadonlyMap<string, Maker> = new Map(tables.flatMap((table) => Object.entries(table)));

const noInput = "an expression is given its one input by the host";
const noModules = "expressions have no modules and read no files";
const refusals: ReadonlyMap<string, string> = new Map([
  ["input/0", noInput],
  ["inputs/0", noInput],
  ["input_filename/0", noInput],
  ["modulemeta/0", noModules],
  ["get_search_list/0", noModules],
  ["get_jq_origin/0", noModules],
  ["get_prog_origin/0", noModules],
]);

const headOf = /^def (\w+)(?:\(([^)]*)\))?:/;
const sources: ReadonlyMap<string, string> = new Map(prelude.map((source) => [nameIn(source), source]));
const definitions = new Map<string, Definition>();

function nameIn(source: string): string {
  const [, name = "", parameters] = headOf.exec(source) ?? [];
  return `${name}/${parameters === undefined ? 0 : parameters.split(";").length}`;
}

/** The builtin made here under a name like `map/1`. */
export function builtinFor(name: string): Maker | undefined {
  return name === "builtins/0" ? listBuiltins : makers.get(name);
}

/** The definition of a builtin that is written in jq. */
export function definitionOf(name: string): Definition | undefined {
  const source = sources.get(name);
  if (source === undefined) return undefined;
  const known = definitions.get(name);
  if (known) return known;
  const program = parseProgram(source);
  if (program.kind !== "define") throw new Error(`Expected the builtin ${name} to be a definition, but it is not.`);
  definitions.set(name, program.definition);
  return program.definition;
}

/** Why a function of jq is not available here; undefined where it is, or where jq has no such function either. */
export function refusalOf(name: string): string | undefined {
  return refusals.get(name);
}

/** The name of every builtin. */
export function builtinNames(): string[] {
  return [...makers.keys(), ...sources.keys(), "builtins/0"].filter((name) => !name.startsWith("_"));
}

const listBuiltins: Maker = () => constantCode(builtinNames());
