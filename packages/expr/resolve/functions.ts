// Calls: of the program's own functions, of builtins written in jq, and of builtins written here.
import { builtinFor, builtinNames, definitionOf, refusalOf } from "../builtins/table.ts";
import { levelsPerCall } from "../budget.ts";
import { bindCode } from "../code/bind.ts";
import { type Argument, callCode, filterCode, FunctionCode, outerCode } from "../code/call.ts";
import type { Code } from "../code/code.ts";
import type { Ast, AstOf, Definition } from "../syntax/ast.ts";
import { didYouMean } from "../syntax/diagnostics.ts";
import { isRecursive, nestingOf } from "./recursion.ts";
import type { Compilation, Place } from "./place.ts";
import { type FunctionMeaning, Layout, Scope } from "./scope.ts";

/** The scope in which a definition is visible: what follows it, and its own body. */
export function withFunction(definition: Definition, { scope, layout }: Place): Scope {
  const meaning: FunctionMeaning = {
    kind: "function",
    definition,
    scope: () => inner,
    level: layout.level,
    recursive: isRecursive(definition),
    compiled: undefined,
  };
  const inner = scope.with(`${definition.name}/${definition.parameters.length}`, meaning);
  return inner;
}

/** Resolves a call. */
export function resolveCall(resolver: Compilation, node: AstOf<"call">, place: Place): Code {
  const name = `${node.name}/${node.args.length}`;
  const meaning = place.scope.find(name);
  const hops = meaning === undefined ? 0 : place.layout.level - meaning.level;
  switch (meaning?.kind) {
    case "filter":
      return outerCode(meaning.code, hops);
    case "parameter":
      return filterCode(meaning.index, hops);
    case "function":
      return resolveFunction(resolver, meaning, node, place);
    default:
      return resolveBuiltin(resolver, name, node, place);
  }
}

function resolveBuiltin(resolver: Compilation, name: string, node: AstOf<"call">, place: Place): Code {
  const builtin = builtinFor(name);
  if (builtin) {
    const args = node.args.map((arg) => resolver.resolve(arg, { ...place, guarded: true }));
    return builtin(args, node.at, () => place.layout.allocate());
  }
  const definition = definitionOf(name);
  if (definition) return resolveFunction(resolver, globalFunction(definition), node, place);
  const refusal = refusalOf(name);
  if (refusal !== undefined) return resolver.problem(`${name} is not available: ${refusal}`, node);
  const end = node.at + node.name.length;
  return resolver.problem(`${name} is not defined`, { at: node.at, end }, hintFor(node, place));
}

function hintFor(node: AstOf<"call">, { scope }: Place): string | undefined {
  const visible = [...scope.names(), ...builtinNames()].filter((name) => name.includes("/"));
  const sameName = visible.filter((name) => name.startsWith(`${node.name}/`));
  if (sameName.length > 0) return `There is ${[...new Set(sameName)].join(" and ")}: arguments are separated by ;`;
  return didYouMean(node.name, new Set(visible.map((name) => name.slice(0, name.indexOf("/")))));
}

// A builtin written in jq sees builtins only, whatever the program defines.
function globalFunction(definition: Definition): FunctionMeaning {
  const scope = new Scope();
  const meaning: FunctionMeaning = {
    kind: "function",
    definition,
    scope: () => inner,
    level: 0,
    recursive: isRecursive(definition),
    compiled: undefined,
  };
  const inner = scope.with(`${definition.name}/${definition.parameters.length}`, meaning);
  return meaning;
}

function resolveFunction(resolver: Compilation, meaning: FunctionMeaning, node: AstOf<"call">, place: Place): Code {
  if (meaning.recursive || !resolver.mayInline()) return callFunction(resolver, meaning, node, place);
  const args = node.args.map((arg) => resolver.resolve(arg, { ...place, guarded: true }));
  return inline(resolver, meaning, args, place, 0, meaning.scope());
}

// Binds the parameters one by one; a `$name` parameter runs the rest once for every value of its argument.
function inline(resolver: Compilation, meaning: FunctionMeaning, args: readonly Code[], place: Place, from: number, scope: Scope): Code {
  const { definition } = meaning;
  const parameter = definition.parameters[from];
  const arg = args[from];
  const { level } = place.layout;
  if (!parameter || !arg) return resolver.resolve(definition.body, { scope, layout: place.layout, guarded: place.guarded });
  const withFilter = scope.with(`${parameter.name}/0`, { kind: "filter", code: arg, level });
  if (!parameter.isValue) return inline(resolver, meaning, args, place, from + 1, withFilter);
  const slot = place.layout.allocate();
  const withBoth = withFilter.with(`$${parameter.name}`, { kind: "variable", slot, level });
  const body = inline(resolver, meaning, args, place, from + 1, withBoth);
  return bindCode(arg, { patterns: [{ kind: "variable", slot }], slots: [slot], guarded: place.guarded }, body);
}

function callFunction(resolver: Compilation, meaning: FunctionMeaning, node: AstOf<"call">, place: Place): Code {
  const callee = (meaning.compiled ??= compileFunction(resolver, meaning));
  const args = node.args.map((arg) => argumentFor(resolver, arg, place));
  return callCode(callee, args, place.layout.level - meaning.level, node.at);
}

// A parameter that is handed on as it came is not wrapped again: recursion would build ever longer chains.
function argumentFor(resolver: Compilation, arg: Ast, place: Place): Argument {
  if (arg.kind === "call" && arg.args.length === 0) {
    const meaning = place.scope.find(`${arg.name}/0`);
    if (meaning?.kind === "parameter") return { index: meaning.index, hops: place.layout.level - meaning.level };
  }
  return { code: resolver.resolve(arg, { ...place, guarded: true }), weight: weightOf(arg) };
}

function weightOf(body: Ast): number {
  return Math.ceil(nestingOf(body) / levelsPerCall);
}

function compileFunction(resolver: Compilation, meaning: FunctionMeaning): FunctionCode {
  const code = new FunctionCode();
  // Set before the body is compiled, since the body calls it.
  meaning.compiled = code;
  const layout = new Layout(meaning.level + 1);
  const { definition } = meaning;
  const { level } = layout;
  let scope = meaning.scope();
  definition.parameters.forEach((parameter, index) => {
    scope = scope.with(`${parameter.name}/0`, { kind: "parameter", index, level });
  });
  const values: { readonly slot: number; readonly index: number }[] = [];
  definition.parameters.forEach((parameter, index) => {
    if (!parameter.isValue) return;
    const slot = layout.allocate();
    scope = scope.with(`$${parameter.name}`, { kind: "variable", slot, level });
    values.push({ slot, index });
  });
  const body = resolver.resolve(definition.body, { scope, layout, guarded: false });
  code.body = values.reduceRight(
    (inner, { slot, index }) =>
      bindCode(filterCode(index, 0), { patterns: [{ kind: "variable", slot }], slots: [slot], guarded: false }, inner),
    body,
  );
  code.slots = layout.slots;
  code.weight = weightOf(definition.body);
  return code;
}
