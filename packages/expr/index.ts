// Runtime expressions: the language jq, compiled to closures and evaluated within a budget.
export { compile, type CompileOptions, type Compilation, type Expression, type Json, type Json as Value } from "./compile.ts";
export { compileJs } from "./js/compile.ts";
export { jsExpressionEnd } from "./js/expression-end.ts";
export { defaultLimits, type EvaluationLimits, maxJsonDepth } from "./budget.ts";
export { ExpressionError, type ExpressionErrorKind } from "./expression-error.ts";
export { base64Encode } from "./builtins/encodings.ts";
export type { BudgetName } from "./failure.ts";
export { maxNesting } from "./syntax/cursor.ts";
export type { Diagnostic } from "./syntax/diagnostics.ts";
export { type JsonReading, type JsonSequence, parseJsonSequence, parseJsonText } from "./json/read.ts";
export { type JsonTextOptions, toJsonText } from "./json/write.ts";
export { NumberLiteral, type Value as ExactValue } from "./value/value.ts";
export { valuesEqual } from "./equal.ts";
export { compileRegex, type Regex, type RegexBudget, RegexBudgetExceeded } from "./regex/index.ts";
