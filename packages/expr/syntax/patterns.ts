// What stands after `as`: `$x`, `[$a, $b]`, `{a: $x, $y, $z: [$w], "k": $v, (expression): $u}`, several with `?//`.
import type { Ast, Pattern, PatternEntry } from "./ast.ts";
import { literal, type Parser } from "./cursor.ts";
import { parseString } from "./strings.ts";

/** Parses one pattern or several alternatives. */
export function parsePatterns(parser: Parser): Pattern[] {
  const patterns = [parsePattern(parser)];
  while (parser.accept("?//")) patterns.push(parsePattern(parser));
  return patterns;
}

function parsePattern(parser: Parser): Pattern {
  const { lexer } = parser;
  const { at, kind, text, end } = lexer;
  if (kind === "variable") {
    lexer.next();
    return { kind: "variable", name: text, at, end };
  }
  if (parser.accept("[")) return parser.nested(() => parseArray(parser, at));
  if (parser.accept("{")) return parser.nested(() => parseObject(parser, at));
  return parser.unexpected("expected a pattern: $NAME, [...] or {...}");
}

function parseArray(parser: Parser, at: number): Pattern {
  const items: Pattern[] = [];
  do items.push(parsePattern(parser));
  while (parser.accept(","));
  const end = parser.expect("]", "after the items of the pattern");
  return { kind: "array", items, at, end };
}

function parseObject(parser: Parser, at: number): Pattern {
  const entries: PatternEntry[] = [];
  do entries.push(parseEntry(parser));
  while (parser.accept(","));
  const end = parser.expect("}", "after the entries of the pattern");
  return { kind: "object", entries, at, end };
}

function parseEntry(parser: Parser): PatternEntry {
  const { lexer } = parser;
  const { at, end, kind, text } = lexer;
  if (kind === "variable") {
    lexer.next();
    const pattern = parser.accept(":") ? parsePattern(parser) : undefined;
    return { key: literal(text, at, end), variable: text, pattern };
  }
  const key = parseKey(parser);
  parser.expect(":", "after the key of the pattern");
  return { key, variable: undefined, pattern: parsePattern(parser) };
}

function parseKey(parser: Parser): Ast {
  const { lexer } = parser;
  const { at, end, kind, text } = lexer;
  if (kind === "name" || kind === "keyword") {
    lexer.next();
    return literal(text, at, end);
  }
  if (kind === "quote" || kind === "format") return parseString(parser);
  if (parser.accept("(")) {
    const key = parser.pipe();
    parser.expect(")", "after the key");
    return key;
  }
  return parser.unexpected("expected a key: NAME, $NAME, a string or (expression)");
}
