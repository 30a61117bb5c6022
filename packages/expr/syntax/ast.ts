// The syntax tree of a program. Every node carries the half-open range of source that it came from.
import type { Value } from "../value/value.ts";

/** A range of the source. */
export interface Range {
  readonly at: number;
  readonly end: number;
}

/** Arithmetic and comparison operators. */
export type Operator = "+" | "-" | "*" | "/" | "%" | "==" | "!=" | "<" | "<=" | ">" | ">=";

/** Operators that assign to the paths on their left. */
export type Assignment = "=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//=";

/** A parameter of a function: `$name` takes a value, `name` a filter. */
export interface Parameter {
  readonly name: string;
  readonly isValue: boolean;
}

/** A function definition. */
export interface Definition extends Range {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: Ast;
}

/** What `as` binds to. */
export type Pattern =
  | ({ readonly kind: "variable"; readonly name: string } & Range)
  | ({ readonly kind: "array"; readonly items: readonly Pattern[] } & Range)
  | ({ readonly kind: "object"; readonly entries: readonly PatternEntry[] } & Range);

/** One entry of an object pattern: the key, a variable for the value where `$name` was the key, and the inner pattern. */
export interface PatternEntry {
  readonly key: Ast;
  readonly variable: string | undefined;
  readonly pattern: Pattern | undefined;
}

/** One entry of an object construction. */
export interface Entry {
  readonly key: Ast;
  readonly value: Ast;
}

/** A node of the syntax tree. */
export type Ast = Range &
  (
    | { readonly kind: "identity" | "recurse" | "location" }
    | { readonly kind: "literal"; readonly value: Value }
    | { readonly kind: "string"; readonly format: string; readonly parts: readonly (string | Ast)[] }
    | { readonly kind: "format"; readonly name: string }
    | { readonly kind: "index"; readonly target: Ast; readonly key: Ast; readonly optional: boolean }
    | {
        readonly kind: "slice";
        readonly target: Ast;
        readonly from: Ast | undefined;
        readonly to: Ast | undefined;
        readonly optional: boolean;
      }
    | { readonly kind: "iterate"; readonly target: Ast; readonly optional: boolean }
    | { readonly kind: "array"; readonly body: Ast | undefined }
    | { readonly kind: "object"; readonly entries: readonly Entry[] }
    | { readonly kind: "negate"; readonly body: Ast }
    | { readonly kind: "pipe" | "and" | "or" | "alternative"; readonly left: Ast; readonly right: Ast }
    | { readonly kind: "comma"; readonly items: readonly Ast[] }
    | { readonly kind: "binary"; readonly operator: Operator; readonly left: Ast; readonly right: Ast }
    | { readonly kind: "assign"; readonly operator: Assignment; readonly left: Ast; readonly right: Ast }
    | { readonly kind: "if"; readonly condition: Ast; readonly then: Ast; readonly otherwise: Ast | undefined }
    | { readonly kind: "try"; readonly body: Ast; readonly handler: Ast | undefined }
    | { readonly kind: "reduce"; readonly source: Ast; readonly patterns: readonly Pattern[]; readonly init: Ast; readonly update: Ast }
    | {
        readonly kind: "foreach";
        readonly source: Ast;
        readonly patterns: readonly Pattern[];
        readonly init: Ast;
        readonly update: Ast;
        readonly extract: Ast | undefined;
      }
    | { readonly kind: "bind"; readonly source: Ast; readonly patterns: readonly Pattern[]; readonly body: Ast }
    | { readonly kind: "label"; readonly name: string; readonly body: Ast }
    | { readonly kind: "break"; readonly name: string }
    | { readonly kind: "define"; readonly definition: Definition; readonly body: Ast }
    | { readonly kind: "variable"; readonly name: string }
    | { readonly kind: "call"; readonly name: string; readonly args: readonly Ast[] }
  );

/** The syntax node of one kind. */
export type AstOf<K extends Ast["kind"]> = Extract<Ast, { kind: K }>;
