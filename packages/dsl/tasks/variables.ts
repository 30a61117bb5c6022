// Names of variables that loops and catches give: usable as `$name` in expressions.
import type { Context, Scope } from "../context.ts";
import { standardVariables } from "../ir.ts";
import { invalid, readText } from "../read.ts";
import type { SourceNode } from "../source/node.ts";

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads a variable's name; one that hides another variable is warned of. */
export function readVariableName(cx: Context, node: SourceNode, what: string, scope: Scope, byDefault: string): string {
  const name = readText(cx, node, what)?.json;
  if (name === undefined) return byDefault;
  if (!identifier.test(name)) {
    const advice = name.startsWith("$") ? "leave the dollar sign out here" : "use letters, digits and underscores";
    invalid(cx, node, `"${name}" cannot be the name of a variable`, advice);
  } else if (scope.names.includes(name) || standardVariables.some((variable) => variable === name)) {
    cx.problems.add("hidden-variable", node, node, `Inside, $${name} is no longer the one from outside`, "use another name to keep both");
  }
  return name;
}
