// JSON Schemas of what is deployed.
import type { JsonObject } from "@baton/core";
import { instant, object, orNull, reference, text } from "./schema-parts.ts";

const count = { type: "integer", minimum: 0 } as const;

const replica = object({
  id: count,
  generation: count,
  phase: { type: "string", enum: ["waiting", "starting", "ready", "failing", "restarting", "draining", "stopping"] },
  since: instant,
  job: orNull(text),
  node: orNull(text),
  port: orNull(count),
  crashes: { ...count, description: "How often in a row it ended without having been told to." },
  crashLooping: { type: "boolean", description: "It has done so again and again, and is not known to answer." },
  restartsAt: orNull(instant),
  problem: { ...orNull(text), description: "What went wrong last." },
});

const deployment = object(
  {
    name: text,
    policy: { type: "object", description: "`single`, `cluster` or `hybrid`, with its numbers." },
    generation: { ...count, description: "Counts the versions of what it runs." },
    status: {
      type: "string",
      enum: ["steady", "updating", "stalled", "starting", "failing", "deleting"],
      description: "`stalled`: the version that is wanted does not come up, and the one before serves. `failing`: there is none before.",
    },
    desired: count,
    ready: count,
    updated: { ...count, description: "How many are ready and run the version that is wanted." },
    createdAt: instant,
    functions: { type: "array", items: text, description: "The functions that its instances bring." },
    versions: {
      type: "array",
      items: object({
        generation: count,
        wantedAt: instant,
        stable: { type: "boolean", description: "The one that all replicas had last." },
      }),
      description: "Those that it can go back to, the newest first; the one that is wanted is among them.",
    },
    replicas: { type: "array", items: replica },
  },
  [],
  "Replicas of one job that are kept up.",
);

/** By name. */
export const deploymentSchemas: { readonly [name: string]: JsonObject } = {
  Deployment: deployment,
  Package: object({
    files: {
      type: "object",
      additionalProperties: { type: "string", contentEncoding: "base64" },
      description: "By path within the package.",
    },
  }),
  Packages: object({ items: { type: "array", items: text } }),
  Deployments: object({ items: { type: "array", items: reference("Deployment") } }),
};
