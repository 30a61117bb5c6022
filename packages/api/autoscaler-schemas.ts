// JSON Schemas of autoscalers.
import type { JsonObject } from "@baton/core";
import { instant, object, orNull, reference, text } from "./schema-parts.ts";

const count = { type: "integer", minimum: 0 } as const;
const number = { type: "number" } as const;

const decision = object({
  at: instant,
  current: count,
  wanted: { ...orNull(count), description: "What the measurements want, before bounds and windows." },
  desired: count,
  held: {
    type: ["string", "null"],
    enum: ["tolerance", "stabilisation", "min", "max", "unknown", "switched-off", null],
    description: "Why what is wanted is not done, or not yet.",
  },
  why: text,
  measured: { type: "array", items: object({ name: text, value: orNull(number), target: number, wanted: orNull(count) }) },
});

const autoscaler = object(
  {
    name: text,
    target: { type: "object", description: "A deployment, a webhook, or a Deployment of a Kubernetes cluster." },
    min: count,
    max: count,
    dryRun: { type: "boolean" },
    decision: orNull(reference("ScaleDecision")),
    problem: { ...orNull(text), description: "Why it cannot do what it decided." },
  },
  [],
  "What scales something by measurements.",
);

/** By name. */
export const autoscalerSchemas: { readonly [name: string]: JsonObject } = {
  Autoscaler: autoscaler,
  Autoscalers: object({ items: { type: "array", items: reference("Autoscaler") } }),
  ScaleDecision: decision,
  ScalePlan: object({ items: { type: "array", items: object({ name: text, decision: reference("ScaleDecision") }) } }),
};
