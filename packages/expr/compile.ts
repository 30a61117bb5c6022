// The way in: program text to an expression that can be evaluated any number of times.
import { Run, type EvaluationLimits } from "./budget.ts";
import type { Code, Option, Push } from "./code/code.ts";
import { Frame, isSingle } from "./code/code.ts";
import { ExpressionError, isStackOverflow, toExpressionError } from "./expression-error.ts";
import { checkOutput } from "./output.ts";
import { Resolver } from "./resolve/resolver.ts";
import { Layout, Scope } from "./resolve/scope.ts";
import type { Ast } from "./syntax/ast.ts";
import { type Diagnostic, SyntaxProblem } from "./syntax/diagnostics.ts";
import { parseProgram } from "./syntax/parser.ts";
import type { Value } from "./value/value.ts";

/** A JSON value as the host has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How a program is compiled. */
export interface CompileOptions {
  /** The host's variables, without their `$`; evaluation is given their values in this order. */
  readonly variables?: readonly string[];
  /** Whether results keep numbers that a double cannot hold as `NumberLiteral`s. Otherwise results are plain JSON. */
  readonly exactNumbers?: boolean;
}

/** What came of compiling. */
export type Compilation =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** A compiled expression. */
export interface Expression {
  readonly source: string;
  /** The host's variables that the program reads. */
  readonly freeVariables: ReadonlySet<string>;
  /** "one" where every evaluation yields exactly one result or an error; "any" where it may yield none or several. */
  readonly cardinality: "one" | "any";
  /** Absent: jq. */
  readonly language?: "js";
  /** Where it fails, its value is a text: `source`, compiled again, would be another expression. */
  readonly isLoose?: true;
  /** The result, where it is known already. */
  readonly constant?: Json;
  /** The first result, or undefined. Stops there. Throws `ExpressionError`. */
  first(input: Json, variables: readonly Json[], limits: EvaluationLimits): Json | undefined;
  /** Every result. Throws `ExpressionError`. */
  all(input: Json, variables: readonly Json[], limits: EvaluationLimits): Json[];
}

/** Compiles a program, or says everything that is wrong with it. */
export function compile(source: string, options: CompileOptions = {}): Compilation {
  try {
    return compileWithin(source, options);
  } catch (error) {
    // The parser's limits end long before this; a host that compiles from deep inside may still get here first.
    if (isStackOverflow(error))
      return { ok: false, diagnostics: [{ message: "the expression nests too deep to be compiled here", offset: 0, length: 0 }] };
    throw error;
  }
}

function compileWithin(source: string, options: CompileOptions): Compilation {
  const parsed = parse(source);
  if ("diagnostic" in parsed) return { ok: false, diagnostics: [parsed.diagnostic] };
  const names = options.variables ?? [];
  const resolver = new Resolver(source, names);
  const layout = new Layout(0);
  const scope = names.reduce((outer, name) => outer.with(`$${name}`, { kind: "variable", slot: layout.allocate(), level: 0 }), new Scope());
  const code = resolver.resolve(parsed.ast, { scope, layout, guarded: false });
  if (resolver.diagnostics.length > 0) return { ok: false, diagnostics: resolver.diagnostics };
  return { ok: true, expression: new CompiledExpression(source, code, layout.slots, resolver.freeVariables, options) };
}

function parse(source: string): { readonly ast: Ast } | { readonly diagnostic: Diagnostic } {
  try {
    return { ast: parseProgram(source) };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { diagnostic: error.diagnostic };
    throw error;
  }
}

class CompiledExpression implements Expression {
  readonly source: string;
  readonly freeVariables: ReadonlySet<string>;
  readonly cardinality: "one" | "any";
  readonly constant?: Json;
  readonly #code: Code;
  readonly #slots: number;
  readonly #exact: boolean;
  #option: Option | undefined;
  #push: Push | undefined;

  constructor(source: string, code: Code, slots: number, freeVariables: ReadonlySet<string>, options: CompileOptions) {
    this.source = source;
    this.freeVariables = freeVariables;
    this.cardinality = code.isOne ? "one" : "any";
    this.#code = code;
    this.#slots = slots - (options.variables?.length ?? 0);
    this.#exact = options.exactNumbers ?? false;
    if (code.constant !== undefined) this.constant = checkOutput(code.constant, new Run({ now: 0 }), this.#exact) as Json;
  }

  first(input: Json, variables: readonly Json[], limits: EvaluationLimits): Json | undefined {
    const run = new Run(limits);
    try {
      this.#option ??= this.#code.option();
      const value = this.#option(input, this.#frame(run, variables));
      return value === undefined ? undefined : (checkOutput(value, run, this.#exact) as Json);
    } catch (error) {
      throw toExpressionError(error, run);
    }
  }

  all(input: Json, variables: readonly Json[], limits: EvaluationLimits): Json[] {
    const run = new Run(limits);
    try {
      this.#push ??= this.#code.push();
      const out: Value[] = [];
      this.#push(input, this.#frame(run, variables), out);
      return isSingle(this.#code) && out.length === 0 ? [] : out.map((value) => checkOutput(value, run, this.#exact) as Json);
    } catch (error) {
      throw toExpressionError(error, run);
    }
  }

  #frame(run: Run, variables: readonly Json[]): Frame {
    const slots = this.#slots === 0 ? (variables as Value[]) : [...variables, ...Array.from({ length: this.#slots }, () => null)];
    return new Frame(run, undefined, slots, []);
  }
}

export { ExpressionError };
