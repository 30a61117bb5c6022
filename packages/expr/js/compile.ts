// JavaScript expressions: a part of ECMAScript that only computes, interpreted. The host's own evaluation is never used:
// it could not be stopped, and would reach whatever the server reaches.
import { Run, type EvaluationLimits } from "../budget.ts";
import type { Compilation, CompileOptions, Expression, Json } from "../compile.ts";
import { isStackOverflow, toExpressionError } from "../expression-error.ts";
import { SyntaxProblem } from "../syntax/diagnostics.ts";
import { Compiler } from "./code.ts";
import { toJson } from "./output.ts";
import { parseJs } from "./parser.ts";
import type { Code } from "./scope.ts";

/** Compiles a JavaScript expression, or says what is wrong with it. `$` is the value that it is evaluated on. */
export function compileJs(source: string, options: CompileOptions = {}): Compilation {
  try {
    const compiler = new Compiler(options.variables ?? []);
    const code = compiler.compile(parseJs(source));
    if (compiler.diagnostics.length > 0) return { ok: false, diagnostics: compiler.diagnostics };
    return { ok: true, expression: new JsExpression(source, code, compiler.freeVariables) };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { ok: false, diagnostics: [error.diagnostic] };
    if (isStackOverflow(error))
      return { ok: false, diagnostics: [{ message: "the expression nests too deep to be compiled here", offset: 0, length: 0 }] };
    throw error;
  }
}

class JsExpression implements Expression {
  readonly source: string;
  readonly freeVariables: ReadonlySet<string>;
  readonly cardinality = "one";
  readonly language = "js";
  readonly #code: Code;

  constructor(source: string, code: Code, freeVariables: ReadonlySet<string>) {
    this.source = source;
    this.freeVariables = freeVariables;
    this.#code = code;
  }

  first(input: Json, variables: readonly Json[], limits: EvaluationLimits): Json {
    const run = new Run(limits);
    try {
      return toJson(run, this.#code({ run, input, host: variables, locals: [], outer: undefined }));
    } catch (error) {
      throw toExpressionError(error, run);
    }
  }

  all(input: Json, variables: readonly Json[], limits: EvaluationLimits): Json[] {
    return [this.first(input, variables, limits)];
  }
}
