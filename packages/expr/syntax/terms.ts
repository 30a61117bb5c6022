// Terms: the tightest parts of a program, with their suffixes (`.name`, `[...]`, `?`).
import type { Value } from "../value/value.ts";
import type { Ast, Entry } from "./ast.ts";
import { syntaxError } from "./diagnostics.ts";
import { literal, maxChain, numberValue, type Parser } from "./cursor.ts";
import { parsePatterns } from "./patterns.ts";
import { parseFormat, parseString } from "./strings.ts";

/** Parses a term and its suffixes. */
export function parseTerm(parser: Parser): Ast {
  let term = parsePrimary(parser);
  for (let count = 0; ; count++) {
    const next = parseSuffix(parser, term);
    if (next === undefined) return term;
    parser.limit(count, maxChain, "suffixes");
    term = next;
  }
}

function parseSuffix(parser: Parser, target: Ast): Ast | undefined {
  const { lexer } = parser;
  const { at, end, kind, text } = lexer;
  if (kind === "field") {
    lexer.next();
    return index(parser, target, literal(text, at, end), end);
  }
  if (lexer.is("[")) return parseBracket(parser, target);
  if (lexer.is("?")) {
    lexer.next();
    return { kind: "try", body: target, handler: undefined, at: target.at, end };
  }
  if (!lexer.is(".")) return undefined;
  lexer.next();
  return parseAfterDot(parser, target);
}

// `.["a"]` and `."a"` where a dot has been read.
function parseAfterDot(parser: Parser, target: Ast): Ast | undefined {
  const { lexer } = parser;
  if (lexer.is("[")) return parseBracket(parser, target);
  if (lexer.kind !== "quote" && lexer.kind !== "format") return parser.unexpected("expected a field after the dot");
  const key = parseString(parser);
  return index(parser, target, key, key.end);
}

function index(parser: Parser, target: Ast, key: Ast, end: number): Ast {
  const optional = parser.accept("?");
  return { kind: "index", target, key, optional, at: target.at, end };
}

function parseBracket(parser: Parser, target: Ast): Ast {
  parser.expect("[", "");
  const { at } = target;
  if (parser.lexer.is("]")) {
    const { end } = parser.lexer;
    parser.lexer.next();
    return { kind: "iterate", target, optional: parser.accept("?"), at, end };
  }
  const from = parser.lexer.is(":") ? undefined : parser.pipe();
  if (parser.accept(":")) {
    const to = parser.lexer.is("]") && from !== undefined ? undefined : parser.pipe();
    const end = parser.expect("]", "after the slice");
    return { kind: "slice", target, from, to, optional: parser.accept("?"), at, end };
  }
  const end = parser.expect("]", "after the index");
  return index(parser, target, from ?? target, end);
}

function parsePrimary(parser: Parser): Ast {
  const { lexer } = parser;
  const { at, end, kind, text } = lexer;
  switch (kind) {
    case "number":
      lexer.next();
      return literal(numberValue(text), at, end);
    case "quote":
      return parseString(parser);
    case "format":
      return parseFormat(parser);
    case "variable":
      lexer.next();
      return text === "__loc__" ? { kind: "location", at, end } : { kind: "variable", name: text, at, end };
    case "field":
      lexer.next();
      return index(parser, { kind: "identity", at, end: at }, literal(text, at, end), end);
    case "name":
      return parseCall(parser);
    case "keyword":
      return parseKeyword(parser);
    case "symbol":
      return parseSymbol(parser);
    case "end":
      return parser.unexpected("expected an expression");
  }
}

function parseSymbol(parser: Parser): Ast {
  const { lexer } = parser;
  const { at, end, text } = lexer;
  switch (text) {
    case ".": {
      lexer.next();
      const identity: Ast = { kind: "identity", at, end };
      return lexer.kind === "quote" || lexer.kind === "format" ? (parseAfterDot(parser, identity) ?? identity) : identity;
    }
    case "..":
      lexer.next();
      return { kind: "recurse", at, end };
    case "(":
      return parseParentheses(parser);
    case "[":
      return parseArray(parser);
    case "{":
      return parseObject(parser);
    default:
      return parser.unexpected("expected an expression");
  }
}

function parseParentheses(parser: Parser): Ast {
  const { at } = parser.lexer;
  parser.expect("(", "");
  const body = parser.pipe();
  const end = parser.expect(")", "to close the parenthesis");
  return { ...body, at, end };
}

function parseArray(parser: Parser): Ast {
  const { at } = parser.lexer;
  parser.expect("[", "");
  const body = parser.lexer.is("]") ? undefined : parser.pipe();
  const end = parser.expect("]", "to close the array");
  return { kind: "array", body, at, end };
}

const namedLiterals: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["null", null],
  ["true", true],
  ["false", false],
]);

function parseCall(parser: Parser): Ast {
  const { lexer } = parser;
  const { at, text: name } = lexer;
  let { end } = lexer;
  lexer.next();
  const constant = namedLiterals.get(name);
  if (constant !== undefined && !lexer.is("(")) return literal(constant, at, end);
  const args: Ast[] = [];
  if (lexer.is("(")) {
    lexer.next();
    do args.push(parser.pipe());
    while (parser.accept(";"));
    end = parser.expect(")", `after the arguments of ${name}`);
  }
  return { kind: "call", name, args, at, end };
}

function parseKeyword(parser: Parser): Ast {
  switch (parser.lexer.text) {
    case "if":
      return parseIf(parser);
    case "try":
      return parseTry(parser);
    case "reduce":
      return parseReduce(parser);
    case "foreach":
      return parseForeach(parser);
    case "break":
      return parseBreak(parser);
    default:
      return parser.unexpected("expected an expression");
  }
}

function parseBreak(parser: Parser): Ast {
  const { lexer } = parser;
  const { at } = lexer;
  lexer.next();
  if (lexer.kind !== "variable") parser.unexpected("break requires a label to break to");
  const { text: name, end } = lexer;
  lexer.next();
  return { kind: "break", name, at, end };
}

function parseIf(parser: Parser): Ast {
  const { lexer } = parser;
  const { at } = lexer;
  lexer.next();
  const condition = parser.pipe();
  parser.expect("then", "after the condition");
  const then = parser.pipe();
  if (lexer.is("elif")) {
    const otherwise = parser.nested(() => parseIf(parser));
    return { kind: "if", condition, then, otherwise, at, end: otherwise.end };
  }
  const otherwise = parser.accept("else") ? parser.pipe() : undefined;
  const end = parser.expect("end", "to close the if");
  return { kind: "if", condition, then, otherwise, at, end };
}

// The body and the handler are single terms: `try error("x") // 1` tries error("x") alone.
function parseTry(parser: Parser): Ast {
  const { at } = parser.lexer;
  parser.lexer.next();
  const body = parser.nested(() => parseTried(parser));
  const handler = parser.accept("catch") ? parser.nested(() => parseTried(parser)) : undefined;
  return { kind: "try", body, handler, at, end: (handler ?? body).end };
}

function parseTried(parser: Parser): Ast {
  const { lexer } = parser;
  if (!lexer.is("-")) return parseTerm(parser);
  const { at } = lexer;
  lexer.next();
  const body = parser.nested(() => parseTried(parser));
  return { kind: "negate", body, at, end: body.end };
}

function parseSourceAndPatterns(parser: Parser, keyword: string) {
  parser.lexer.next();
  const source = parser.source();
  parser.expect("as", `after the source of ${keyword}`);
  const patterns = parsePatterns(parser);
  parser.expect("(", `after the pattern of ${keyword}`);
  const init = parser.pipe();
  parser.expect(";", `after the initial value of ${keyword}`);
  return { source, patterns, init, update: parser.pipe() };
}

function parseReduce(parser: Parser): Ast {
  const { at } = parser.lexer;
  const parts = parseSourceAndPatterns(parser, "reduce");
  const end = parser.expect(")", "to close reduce");
  return { kind: "reduce", ...parts, at, end };
}

function parseForeach(parser: Parser): Ast {
  const { at } = parser.lexer;
  const parts = parseSourceAndPatterns(parser, "foreach");
  const extract = parser.accept(";") ? parser.pipe() : undefined;
  const end = parser.expect(")", "to close foreach");
  return { kind: "foreach", ...parts, extract, at, end };
}

function parseObject(parser: Parser): Ast {
  const { at } = parser.lexer;
  parser.expect("{", "");
  const entries: Entry[] = [];
  while (!parser.lexer.is("}")) {
    entries.push(parseEntry(parser));
    if (!parser.accept(",")) break;
  }
  const end = parser.expect("}", "to close the object");
  return { kind: "object", entries, at, end };
}

function parseEntry(parser: Parser): Entry {
  const { lexer } = parser;
  const { at, end, kind, text } = lexer;
  if (kind === "variable") return parseVariableEntry(parser);
  if (kind === "name" || kind === "keyword") {
    lexer.next();
    return parseEntryValue(parser, literal(text, at, end));
  }
  if (kind === "number") {
    lexer.next();
    return parseEntryValue(parser, literal(numberValue(text), at, end));
  }
  if (kind === "quote" || kind === "format") return parseEntryValue(parser, parseString(parser));
  if (!parser.accept("(")) return parser.unexpected("expected a key: NAME, $NAME, a string or (expression)");
  const key = parser.pipe();
  parser.expect(")", "after the key");
  parser.expect(":", "after the key");
  return { key, value: parseObjectValue(parser) };
}

function parseVariableEntry(parser: Parser): Entry {
  const { lexer } = parser;
  const { at, end, text } = lexer;
  lexer.next();
  const variable: Ast = text === "__loc__" ? { kind: "location", at, end } : { kind: "variable", name: text, at, end };
  if (parser.accept(":")) return { key: variable, value: parseObjectValue(parser) };
  return { key: literal(text, at, end), value: variable };
}

function parseEntryValue(parser: Parser, key: Ast): Entry {
  if (parser.accept(":")) return { key, value: parseObjectValue(parser) };
  if (key.kind === "literal" && typeof key.value !== "string") {
    return syntaxError("syntax error: Object keys must be strings", key.at, key.end, "Write {(expression): value} for a computed key.");
  }
  const identity: Ast = { kind: "identity", at: key.at, end: key.at };
  return { key, value: { kind: "index", target: identity, key, optional: false, at: key.at, end: key.end } };
}

// Values of an object hold no comma, since it ends the entry; pipes and operators are welcome.
function parseObjectValue(parser: Parser): Ast {
  const value = parser.operand();
  if (!parser.accept("|")) return value;
  const right = parser.nested(() => parseObjectValue(parser));
  return { kind: "pipe", left: value, right, at: value.at, end: right.end };
}
