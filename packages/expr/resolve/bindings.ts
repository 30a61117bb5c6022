// Bindings: patterns get slots, their variables become visible to what follows.
import { identityCode } from "../code/basic.ts";
import { bindCode, type BindingCode, foreachCode, type PatternCode, type PatternEntryCode, reduceCode } from "../code/bind.ts";
import type { Code } from "../code/code.ts";
import type { AstOf, Pattern, PatternEntry } from "../syntax/ast.ts";
import { describe } from "../value/describe.ts";
import type { Compilation, Place } from "./place.ts";
import type { Scope } from "./scope.ts";

/** Resolves `SOURCE as PATTERNS | BODY`. */
export function resolveBind(resolver: Compilation, node: AstOf<"bind">, place: Place): Code {
  const source = resolver.resolve(node.source, place);
  const { binding, scope } = resolvePatterns(resolver, node.patterns, place);
  return bindCode(source, binding, resolver.resolve(node.body, { ...place, scope }));
}

/** Resolves `reduce`. */
export function resolveReduce(resolver: Compilation, node: AstOf<"reduce">, place: Place): Code {
  const source = resolver.resolve(node.source, place);
  const init = resolver.resolve(node.init, place);
  const { binding, scope } = resolvePatterns(resolver, node.patterns, place);
  return reduceCode(source, binding, init, resolver.resolve(node.update, { ...place, scope })).loopAt(node.at);
}

/** Resolves `foreach`. */
export function resolveForeach(resolver: Compilation, node: AstOf<"foreach">, place: Place): Code {
  const source = resolver.resolve(node.source, place);
  const init = resolver.resolve(node.init, place);
  const { binding, scope } = resolvePatterns(resolver, node.patterns, place);
  const inner = { ...place, scope };
  const extract = node.extract ? resolver.resolve(node.extract, inner) : identityCode;
  return foreachCode(source, binding, init, resolver.resolve(node.update, inner), extract).loopAt(node.at);
}

interface Binding {
  readonly binding: BindingCode;
  readonly scope: Scope;
}

// Every variable of every alternative is visible, and null where the alternative that held does not set it.
function resolvePatterns(resolver: Compilation, patterns: readonly Pattern[], place: Place): Binding {
  const slots = new Map<string, number>();
  let { scope } = place;
  for (const name of patterns.flatMap(namesOf)) {
    if (slots.has(name)) continue;
    const slot = place.layout.allocate();
    slots.set(name, slot);
    scope = scope.with(`$${name}`, { kind: "variable", slot, level: place.layout.level });
  }
  const inner = { ...place, scope };
  const codes = patterns.map((pattern) => patternCode(resolver, pattern, slots, inner));
  return { binding: { patterns: codes, slots: [...slots.values()], guarded: place.guarded }, scope };
}

function namesOf(pattern: Pattern): string[] {
  if (pattern.kind === "variable") return [pattern.name];
  if (pattern.kind === "array") return pattern.items.flatMap(namesOf);
  return pattern.entries.flatMap((entry) => [
    ...(entry.variable === undefined ? [] : [entry.variable]),
    ...(entry.pattern ? namesOf(entry.pattern) : []),
  ]);
}

function patternCode(resolver: Compilation, pattern: Pattern, slots: ReadonlyMap<string, number>, place: Place): PatternCode {
  if (pattern.kind === "variable") return { kind: "variable", slot: slots.get(pattern.name) ?? 0 };
  if (pattern.kind === "array") return { kind: "array", items: pattern.items.map((item) => patternCode(resolver, item, slots, place)) };
  return { kind: "object", entries: pattern.entries.map((entry) => entryCode(resolver, entry, slots, place)) };
}

function entryCode(resolver: Compilation, entry: PatternEntry, slots: ReadonlyMap<string, number>, place: Place): PatternEntryCode {
  const key = resolver.resolve(entry.key, place);
  if (entry.key.kind === "literal" && typeof entry.key.value !== "string") {
    resolver.problem(`Cannot use ${describe(entry.key.value)} as object key`, entry.key, "Keys are strings: use tostring.");
  }
  return {
    key,
    slot: entry.variable === undefined ? undefined : slots.get(entry.variable),
    pattern: entry.pattern && patternCode(resolver, entry.pattern, slots, place),
  };
}
