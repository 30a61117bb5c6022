// The parameters of arrow functions: names, and patterns that take objects and arrays apart.
import { syntaxError } from "../syntax/diagnostics.ts";
import type { Binding, Node, Parameters, Target } from "./ast.ts";
import type { Token } from "./lexer.ts";

/** The moves of the parser that parameters need. */
export interface Parser {
  readonly token: Token;
  is(text: string): boolean;
  take(): Token;
  skip(sign: string): boolean;
  expect(sign: string): Token;
  expression(): Node;
}

/** Parses what may be parameters: a name, or a list in parentheses; undefined: they are none. */
export function parseParameters(parser: Parser): Parameters | undefined {
  if (parser.token.kind === "name")
    return { targets: [{ binding: { kind: "name", name: parser.take().text }, otherwise: undefined }], rest: undefined };
  parser.expect("(");
  return parseTargets(parser);
}

function parseTargets(parser: Parser): Parameters | undefined {
  const targets: Target[] = [];
  while (!parser.skip(")")) {
    if (parser.skip("...")) {
      const rest = parseBinding(parser);
      return rest !== undefined && parser.skip(")") ? { targets, rest } : undefined;
    }
    const target = parseTarget(parser);
    if (target === undefined || (!parser.is(")") && !parser.skip(","))) return undefined;
    targets.push(target);
  }
  return { targets, rest: undefined };
}

function parseTarget(parser: Parser): Target | undefined {
  const binding = parseBinding(parser);
  return binding && { binding, otherwise: parser.skip("=") ? parser.expression() : undefined };
}

function parseBinding(parser: Parser): Binding | undefined {
  if (parser.token.kind === "name") return { kind: "name", name: parser.take().text };
  if (parser.skip("[")) return parseList(parser);
  return parser.skip("{") ? parseRecord(parser) : undefined;
}

function parseList(parser: Parser): Binding | undefined {
  const items: (Target | undefined)[] = [];
  while (!parser.skip("]")) {
    if (parser.skip("...")) {
      const rest = parseBinding(parser);
      return rest !== undefined && parser.skip("]") ? { kind: "list", items, rest } : undefined;
    }
    const target = parser.is(",") ? undefined : parseTarget(parser);
    if (target === undefined && !parser.is(",")) return undefined;
    items.push(target);
    if (!parser.is("]") && !parser.skip(",")) return undefined;
  }
  return { kind: "list", items, rest: undefined };
}

function parseRecord(parser: Parser): Binding | undefined {
  const entries: { readonly key: string; readonly target: Target }[] = [];
  while (!parser.skip("}")) {
    if (parser.skip("...")) {
      const rest = parseBinding(parser);
      return rest !== undefined && parser.skip("}") ? { kind: "record", entries, rest } : undefined;
    }
    const entry = parseEntry(parser);
    if (entry === undefined) return undefined;
    entries.push(entry);
    if (!parser.is("}") && !parser.skip(",")) return undefined;
  }
  return { kind: "record", entries, rest: undefined };
}

function parseEntry(parser: Parser): { readonly key: string; readonly target: Target } | undefined {
  const { kind, value } = parser.token;
  if (kind !== "name" && kind !== "text" && kind !== "number") return undefined;
  const key = String(value);
  parser.take();
  if (parser.skip(":")) {
    const target = parseTarget(parser);
    return target && { key, target };
  }
  if (kind !== "name") return undefined;
  return { key, target: { binding: { kind: "name", name: key }, otherwise: parser.skip("=") ? parser.expression() : undefined } };
}

/** The names that parameters bind. */
export function boundNames({ targets, rest }: Parameters): string[] {
  return [...targets.flatMap((target) => namesOf(target.binding)), ...(rest === undefined ? [] : namesOf(rest))];
}

function namesOf(binding: Binding): string[] {
  if (binding.kind === "name") return [binding.name];
  const targets = binding.kind === "list" ? binding.items : binding.entries.map(({ target }) => target);
  return [
    ...targets.flatMap((target) => (target === undefined ? [] : namesOf(target.binding))),
    ...(binding.rest ? namesOf(binding.rest) : []),
  ];
}

/** Refuses two parameters of one name. */
export function refuseDoubles(parameters: Parameters, at: number): readonly string[] {
  const names = boundNames(parameters);
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) syntaxError(`syntax error: the function has two parameters called ${double}`, at, at + 1);
  return names;
}
