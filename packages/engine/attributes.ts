// Attributes by which runs are found. They are no part of a run's state: a decision asks for them to be stored beside it.
//
// An attribute changes nothing: an expression that fails, or gives what is no attribute, leaves the run without it.
import type { Json } from "@baton/core";
import type { AttributeRules } from "@baton/dsl";
import type { AttributeValue } from "./attribute-value.ts";
import { fill } from "./evaluate.ts";
import { longestAttribute } from "./limits.ts";
import type { Scope } from "./scope.ts";
import { redact } from "./secrets.ts";
import type { Turn } from "./turn.ts";
import { Raised } from "./workflow-error.ts";

/** Asks for attributes to be stored with the decision. */
export function setAttributes(turn: Turn, rules: AttributeRules, scope: Scope, data: Json): void {
  const attributes = Object.fromEntries(rules.map(([name, template]) => [name, valueOf(turn, () => fill(scope, template, data))]));
  turn.effects.push({ type: "setAttributes", attributes });
}

function valueOf(turn: Turn, evaluate: () => Json): AttributeValue {
  try {
    const value = evaluate();
    if (typeof value === "string") return textOf(turn, value);
    return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)) ? value : null;
  } catch (error) {
    if (error instanceof Raised) return null;
    throw error;
  }
}

function textOf({ workflow, facts }: Turn, text: string): string | null {
  if (text.length > longestAttribute) return null;
  return workflow.secrets.length === 0 ? text : redact(text, workflow, facts);
}
