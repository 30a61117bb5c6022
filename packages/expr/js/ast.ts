// The syntax tree of JavaScript expressions. Offsets are those of the source, in UTF-16 units.

/** An item of a list or of arguments; spread: all of its items. */
export interface Item {
  readonly value: Node;
  readonly spread: boolean;
}

/** A property of an object literal; without a key it is spread. */
export interface Property {
  readonly key: Node | undefined;
  readonly value: Node;
}

/** What a parameter binds: a name, or parts of what is given. */
export type Binding =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list"; readonly items: readonly (Target | undefined)[]; readonly rest: Binding | undefined }
  | {
      readonly kind: "record";
      readonly entries: readonly { readonly key: string; readonly target: Target }[];
      readonly rest: Binding | undefined;
    };

/** A binding, and what it has where nothing is given. */
export interface Target {
  readonly binding: Binding;
  readonly otherwise: Node | undefined;
}

/** The parameters of an arrow function. */
export interface Parameters {
  readonly targets: readonly Target[];
  readonly rest: Binding | undefined;
}

/** An expression. */
export type Node = { readonly at: number } & (
  | { readonly kind: "literal"; readonly value: null | boolean | number | string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "template"; readonly texts: readonly string[]; readonly values: readonly Node[] }
  | { readonly kind: "list"; readonly items: readonly Item[] }
  | { readonly kind: "record"; readonly properties: readonly Property[] }
  | { readonly kind: "arrow"; readonly parameters: Parameters; readonly body: Node }
  | { readonly kind: "unary"; readonly operator: string; readonly value: Node }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: "choice"; readonly condition: Node; readonly then: Node; readonly otherwise: Node }
  /** Everything behind a `?.` is left out where there is nothing before it. */
  | { readonly kind: "chain"; readonly value: Node }
  | { readonly kind: "member"; readonly object: Node; readonly key: Node; readonly optional: boolean }
  | { readonly kind: "call"; readonly callee: Node; readonly items: readonly Item[]; readonly optional: boolean }
);
