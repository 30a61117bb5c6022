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
    memoryFreeBytes: { ...count, description: "What is left of the memory that it offers." },
    diskFreeBytes: { ...count, description: "What is left of the disk that it offers." },
    pressure: object(
      { cpu: share, memory: share, io: share },
      [],
      "The share of the last ten seconds in which something had to wait, in percent.",
    ),
  },
  ["memoryFreeBytes", "diskFreeBytes", "pressure"],
  "What it has in use, by whatever runs there.",
);

const node = object(
  {
    name: text,
    kind: { type: "string", enum: ["machine", "worker"], description: "A machine runs commands and scripts, a worker functions." },
    status: { type: "string", enum: ["ready", "draining", "cordoned", "suspect", "lost"] },
    left: { type: "boolean", description: "It is lost because it left by itself, and not because it was not heard of." },
    pool: orNull(text),
    zone: orNull(text),
    labels: { type: "object", additionalProperties: text },
    taints: texts,
    capacity: amounts,
    allocated: { ...amounts, description: "What its jobs were given." },
    load: orNull(reference("NodeLoad")),
    pressure: orNull({
      type: "string",
      enum: ["memory-pressure", "disk-pressure"],
      description: "What it has too little of: it gets no new jobs while that lasts.",
    }),
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
  NodeHeartbeat: object({ session: text, load: reference("NodeLoad"), clock: { type: "number" } }, ["clock"]),
  NodeJoin: {
    type: "object",
    description: "What the node has: `capacity`, or `functions` and `concurrency`; what tells it from others; what it holds.",
  },
  NodeLeave: object({ session: text }),
  NodeLoad: load,
  NodeOrders: object({
    orders: {
      type: "array",
      items: { type: "object", required: ["type"], properties: { type: { enum: ["start", "stop", "suspend", "resume", "settled"] } } },
    },
    last: { ...count, description: "To be named in the next poll." },
  }),
  NodePoll: object({ session: text, after: { ...count, description: "`last` of the latest answer." } }, ["after"]),
  NodeReports: object({ session: text, reports: { type: "array", items: { type: "object" } } }),
  NodeWelcome: object({
    session: text,
    leaseMs: { ...count, description: "Without a word for so long, its jobs are placed elsewhere." },
    heartbeatMs: { ...count, description: "How often it is to be heard of." },
  }),
  NodeToken: object(token),
  NodeTokenRequest: object({ expiresIn: text, note: text }, ["expiresIn", "note"]),
  NodeTokens: object({ items: { type: "array", items: reference("NodeToken") } }),
  Nodes: object({ items: { type: "array", items: reference("Node") } }),
};
