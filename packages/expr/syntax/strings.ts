// Strings with programs inside (`"a \(1 + 2) b"`) and formats (`@base64`, `@uri "q=\(.q)"`).
import type { Ast } from "./ast.ts";
import { literal, type Parser } from "./cursor.ts";

/** Parses `@name`, or the string after it. */
export function parseFormat(parser: Parser): Ast {
  const { lexer } = parser;
  const { at, end, text: name } = lexer;
  lexer.next();
  return lexer.kind === "quote" ? parseStringParts(parser, name, at) : { kind: "format", name, at, end };
}

/** Parses a string, with its format in front where it has one. */
export function parseString(parser: Parser): Ast {
  const { kind, at } = parser.lexer;
  if (kind === "quote") return parseStringParts(parser, "@text", at);
  const term = parseFormat(parser);
  return term.kind === "format" ? parser.unexpected("expected a string after the format") : term;
}

function parseStringParts(parser: Parser, format: string, at: number): Ast {
  const { lexer } = parser;
  const parts: (string | Ast)[] = [];
  for (;;) {
    const { text, closed } = lexer.stringPart();
    if (text !== "") parts.push(text);
    if (closed) break;
    lexer.next();
    parts.push(parser.pipe());
    // The cursor stays on the parenthesis: what follows it is the string again, not a token.
    if (!lexer.is(")")) parser.unexpected("expected ) after the interpolation");
  }
  const { end } = lexer;
  lexer.next();
  if (parts.every((part) => typeof part === "string")) return literal(parts.join(""), at, end);
  return { kind: "string", format, parts, at, end };
}
