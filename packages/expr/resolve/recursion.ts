// Which functions call themselves: those are called at run time, all others are compiled into their callers.
import type { Ast, Definition, Pattern } from "../syntax/ast.ts";

const known = new WeakMap<Definition, boolean>();

/** True if the body mentions a function of the definition's own name and arity. */
export function isRecursive(definition: Definition): boolean {
  const answer = known.get(definition) ?? mentions(definition.body, definition.name, definition.parameters.length);
  known.set(definition, answer);
  return answer;
}

function mentions(root: Ast, name: string, arity: number): boolean {
  const rest: Ast[] = [root];
  for (let node = rest.pop(); node; node = rest.pop()) {
    if (node.kind === "call" && node.name === name && node.args.length === arity) return true;
    rest.push(...childrenOf(node));
  }
  return false;
}

/** How many nodes stand inside one another at most; those that bind need the host's stack twice. */
export function nestingOf(root: Ast): number {
  let deepest = 0;
  const rest: { readonly node: Ast; readonly depth: number }[] = [{ node: root, depth: 1 }];
  for (let at = rest.pop(); at; at = rest.pop()) {
    const { node, depth } = at;
    deepest = Math.max(deepest, depth);
    const own = node.kind === "reduce" || node.kind === "foreach" || node.kind === "bind" ? 2 : 1;
    for (const child of childrenOf(node)) rest.push({ node: child, depth: depth + own });
  }
  return deepest;
}

/** The nodes directly below a node. */
export function childrenOf(node: Ast): Ast[] {
  switch (node.kind) {
    case "identity":
    case "recurse":
    case "location":
    case "literal":
    case "format":
    case "break":
    case "variable":
      return [];
    case "string":
      return node.parts.filter((part) => typeof part !== "string");
    case "index":
      return [node.target, node.key];
    case "slice":
      return present([node.target, node.from, node.to]);
    case "iterate":
      return [node.target];
    case "array":
      return present([node.body]);
    case "object":
      return node.entries.flatMap((entry) => [entry.key, entry.value]);
    case "negate":
    case "label":
      return [node.body];
    case "pipe":
    case "and":
    case "or":
    case "alternative":
    case "binary":
    case "assign":
      return [node.left, node.right];
    case "comma":
      return [...node.items];
    case "if":
      return present([node.condition, node.then, node.otherwise]);
    case "try":
      return present([node.body, node.handler]);
    case "reduce":
      return [node.source, node.init, node.update, ...node.patterns.flatMap(patternNodes)];
    case "foreach":
      return present([node.source, node.init, node.update, node.extract, ...node.patterns.flatMap(patternNodes)]);
    case "bind":
      return [node.source, node.body, ...node.patterns.flatMap(patternNodes)];
    case "define":
      return [node.definition.body, node.body];
    case "call":
      return [...node.args];
  }
}

function present(nodes: readonly (Ast | undefined)[]): Ast[] {
  return nodes.filter((node) => node !== undefined);
}

function patternNodes(pattern: Pattern): Ast[] {
  if (pattern.kind === "variable") return [];
  if (pattern.kind === "array") return pattern.items.flatMap(patternNodes);
  return pattern.entries.flatMap((entry) => [entry.key, ...(entry.pattern ? patternNodes(entry.pattern) : [])]);
}
