// Programs as syntax trees: recursive descent with one token of look-ahead. Precedence from loose to tight: `|`, `,`,
// `//`, assignments, `or`, `and`, comparisons, `+ -`, `* / %`, then terms with their suffixes. `def`, `label` and
// `as` reach as far to the right as they can.
import type { Assignment, Ast, Definition, Operator, Parameter } from "./ast.ts";
import { syntaxError } from "./diagnostics.ts";
import { maxChain, maxItems, Parser } from "./cursor.ts";
import { parsePatterns } from "./patterns.ts";
import { parseTerm } from "./terms.ts";

const assignments: ReadonlySet<string> = new Set(["=", "|=", "+=", "-=", "*=", "/=", "%=", "//="]);
const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** Binding strength of the binary operators that stand between `,` and terms. */
const strengths: { readonly [symbol: string]: number } = {
  "//": 1,
  "?//": 1,
  "=": 2,
  "|=": 2,
  "+=": 2,
  "-=": 2,
  "*=": 2,
  "/=": 2,
  "%=": 2,
  "//=": 2,
  or: 3,
  and: 4,
  "==": 5,
  "!=": 5,
  "<": 5,
  "<=": 5,
  ">": 5,
  ">=": 5,
  "+": 6,
  "-": 6,
  "*": 7,
  "/": 7,
  "%": 7,
};
const weakest = 1;
const additive = 6;

/** Parses a whole program. */
export function parseProgram(source: string): Ast {
  const parser = new Parser(source, { pipe: parsePipe, operand: (inner) => parseBinary(inner, weakest) });
  if (parser.lexer.is("module") || parser.lexer.is("import") || parser.lexer.is("include")) refuseModules(parser);
  const definitions: Definition[] = [];
  while (parser.lexer.is("def")) {
    parser.limit(definitions.length, maxChain, "definitions");
    definitions.push(parseDefinition(parser));
  }
  const { at } = parser.lexer;
  // A program of definitions alone is the identity, and so is an empty one.
  const body: Ast = parser.lexer.kind === "end" ? { kind: "identity", at, end: at } : parser.pipe();
  if (parser.lexer.kind !== "end") parser.unexpected("expected the end of the expression");
  return definitions.reduceRight<Ast>((rest, definition) => define(definition, rest), body);
}

function refuseModules(parser: Parser): never {
  const { text, at, end } = parser.lexer;
  return syntaxError(
    `${text} is not available: expressions have no modules and read no files`,
    at,
    end,
    "Put the function into the expression with def.",
  );
}

function define(definition: Definition, body: Ast): Ast {
  return { kind: "define", definition, body, at: definition.at, end: body.end };
}

function parsePipe(parser: Parser): Ast {
  const stages: Ast[] = [parseComma(parser)];
  while (parser.accept("|")) {
    parser.limit(stages.length, maxChain, "stages of a pipeline");
    stages.push(parseComma(parser));
  }
  return stages.reduceRight((right, left) => ({ kind: "pipe", left, right, at: left.at, end: right.end }));
}

function parseComma(parser: Parser): Ast {
  const first = parseBinary(parser, weakest);
  if (!parser.lexer.is(",")) return first;
  const items = [first];
  while (parser.accept(",")) {
    parser.limit(items.length, maxItems, "items");
    items.push(parseBinary(parser, weakest));
  }
  return { kind: "comma", items, at: first.at, end: items.at(-1)?.end ?? first.end };
}

// Parses operators at least as tight as `strength`.
function parseBinary(parser: Parser, strength: number): Ast {
  let left = parseUnary(parser);
  for (let chain = 0; ; chain++) {
    const symbol = operatorAt(parser);
    const own = symbol === undefined ? 0 : (strengths[symbol] ?? 0);
    if (symbol === undefined || own < strength) return left;
    parser.limit(chain, maxChain, "operators");
    parser.lexer.next();
    // `//` groups to the right, everything else to the left; assignments and comparisons do not chain.
    const operand = parser.nested(() => parseBinary(parser, symbol.endsWith("//") ? own : own + 1));
    left = combine(symbol, left, operand);
    const chained = operatorAt(parser);
    if (isNonAssociative(symbol) && chained !== undefined && strengths[chained] === own) {
      parser.unexpected(`because ${symbol} cannot be chained; put one side in parentheses`);
    }
  }
}

function operatorAt(parser: Parser): string | undefined {
  const { kind, text } = parser.lexer;
  return (kind === "symbol" || kind === "keyword") && Object.hasOwn(strengths, text) ? text : undefined;
}

function isNonAssociative(symbol: string): boolean {
  return assignments.has(symbol) || comparisons.has(symbol);
}

function combine(symbol: string, left: Ast, right: Ast): Ast {
  const range = { at: left.at, end: right.end };
  if (symbol === "//") return { kind: "alternative", left, right, ...range };
  // Outside of patterns `.a?//1` can only mean `.a? // 1`, although the three characters are one token.
  if (symbol === "?//")
    return { kind: "alternative", left: { kind: "try", body: left, handler: undefined, at: left.at, end: left.end }, right, ...range };
  if (symbol === "and" || symbol === "or") return { kind: symbol, left, right, ...range };
  if (assignments.has(symbol)) return { kind: "assign", operator: symbol as Assignment, left, right, ...range };
  return { kind: "binary", operator: symbol as Operator, left, right, ...range };
}

function parseUnary(parser: Parser): Ast {
  const { lexer } = parser;
  const { at } = lexer;
  if (lexer.is("-")) {
    lexer.next();
    const body = parser.nested(() => parseBinary(parser, additive + 1));
    return { kind: "negate", body, at, end: body.end };
  }
  if (lexer.is("def")) {
    const definition = parseDefinition(parser);
    return define(definition, parser.pipe());
  }
  if (lexer.is("label")) return parseLabel(parser);
  const term = parseTerm(parser);
  return lexer.is("as") && !parser.inSource ? parseBind(parser, term) : term;
}

function parseBind(parser: Parser, source: Ast): Ast {
  parser.expect("as", "after the value to bind");
  const patterns = parsePatterns(parser);
  parser.expect("|", "after the pattern");
  const body = parser.pipe();
  return { kind: "bind", source, patterns, body, at: source.at, end: body.end };
}

function parseLabel(parser: Parser): Ast {
  const { at } = parser.lexer;
  parser.expect("label", "");
  const name = parser.lexer.kind === "variable" ? parser.lexer.text : parser.unexpected("expected $NAME after label");
  parser.lexer.next();
  parser.expect("|", "after the label");
  const body = parser.pipe();
  return { kind: "label", name, body, at, end: body.end };
}

function parseDefinition(parser: Parser): Definition {
  const { lexer } = parser;
  const { at } = lexer;
  parser.expect("def", "");
  if (lexer.kind !== "name" && lexer.kind !== "keyword") parser.unexpected("expected the name of a function after def");
  const name = lexer.text;
  lexer.next();
  const parameters = parser.accept("(") ? parseParameters(parser) : [];
  parser.expect(":", `before the body of ${name}`);
  const body = parser.pipe();
  const end = parser.expect(";", `after the body of ${name}`);
  return { name, parameters, body, at, end };
}

function parseParameters(parser: Parser): Parameter[] {
  const parameters: Parameter[] = [];
  do {
    const { kind, text } = parser.lexer;
    if (kind !== "variable" && kind !== "name" && kind !== "keyword") parser.unexpected("expected a parameter: NAME or $NAME");
    parameters.push({ name: text, isValue: kind === "variable" });
    parser.lexer.next();
  } while (parser.accept(";"));
  parser.expect(")", "after the parameters");
  return parameters;
}
