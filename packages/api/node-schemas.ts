// Schemas of nodes and of the tokens that they join with.
import type { JsonObject } from "@baton/core";
import { instant, object, orNull, reference, text } from "./schema-parts.ts";

const count = { type: "integer", minimum: 0 } as const;
const share = { type: "number", minimum: 0, maximum: 100 } as const;
const texts = { type: "array", items: text } as const;
const amounts = { type: "object", additionalProperties: count, description: "cpu in millis, memory and disk in bytes" } as const;

const load = object(
  {
    cpuMillis: count,
    memoryBytes: count,
    running: { ...count, description: "Attempts under way." },
    diskFreeBytes: count,
    pressure: object(
      { cpu: share, memory: share, io: share },
      [],
      "The share of the last ten seconds in which something had to wait, in percent.",
    ),
  },
  ["diskFreeBytes", "pressure"],
  "What it has in use, by whatever runs there.",
);

const node = object(
  {
    name: text,
    kind: { type: "string", enum: ["machine", "worker"], description: "A machine runs commands and scripts, a worker functions." },
    status: { type: "string", enum: ["ready", "draining", "cordoned", "suspect", "lost"] },
    pool: orNull(text),
    zone: orNull(text),
    labels: { type: "object", additionalProperties: text },
    taints: texts,
    capacity: amounts,
    allocated: { ...amounts, description: "What its jobs were given." },
    load: orNull(load),
    jobs: texts,
    seenAt: instant,
    warnings: { type: "array", items: object({ code: text, detail: text }) },
  },
  [],
  "A machine or a worker that runs jobs.",
);

const token = { id: text, note: orNull(text), createdAt: instant, expiresAt: instant };

/** By name. */
export const nodeSchemas: { readonly [name: string]: JsonObject } = {
  NewNodeToken: object({ ...token, token: { type: "string", description: "Told this once." } }),
  Node: node,
  NodeToken: object(token),
  NodeTokenRequest: object({ expiresIn: text, note: text }, ["expiresIn", "note"]),
  NodeTokens: object({ items: { type: "array", items: reference("NodeToken") } }),
  Nodes: object({ items: { type: "array", items: reference("Node") } }),
};
