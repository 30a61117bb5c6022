// `run: container` (dsl-reference.md, "Container Process", "Container Lifetime").
import type { Context } from "../context.ts";
import { readDuration } from "../durations.ts";
import { readTemplate, type Site } from "../expressions.ts";
import type { ContainerProcess, Template } from "../ir.ts";
import { invalid, optional, present, readChoice, readMapping, readShape, readText } from "../read.ts";
import type { SourceNode } from "../source/node.ts";
import { readArguments, readProgram, readString, readSurroundings, surroundings } from "./surroundings.ts";

const keys = ["image", "name", "command", "ports", "volumes", "lifetime", "pullPolicy", ...surroundings];
const cleanups = ["always", "never", "eventually"] as const;
const pullPolicies = { ifNotPresent: "missing", always: "always", never: "never" } as const;
const nothing: Template = { kind: "constant", value: null };

/** The container of a `run`. */
export function readContainer(cx: Context, node: SourceNode, site: Site): ContainerProcess | undefined {
  const map = readShape(cx, node, { what: "`container`", keys, required: ["image"] });
  if (map === undefined) return undefined;
  const policy = optional(map, "pullPolicy", (value) => readChoice(cx, value, "`pullPolicy`", Object.keys(pullPolicies)));
  return present<ContainerProcess>({
    kind: "container",
    image: optional(map, "image", (image) => readString(cx, image, "`image`", site)) ?? nothing,
    name: optional(map, "name", (name) => readString(cx, name, "`name`", site)),
    command: optional(map, "command", (command) => readProgram(cx, command, "`command`", site)),
    ports: optional(map, "ports", (ports) => readPlaces(cx, ports, "ports", site)),
    volumes: optional(map, "volumes", (volumes) => readPlaces(cx, volumes, "volumes", site)),
    pull: pullPolicies[(policy ?? "ifNotPresent") as keyof typeof pullPolicies],
    ...readLifetime(cx, map.entries.get("lifetime")?.value, site),
    ...readSurroundings(cx, map, site, readArguments),
  });
}

/** What of the machine stands for what of the container. */
function readPlaces(cx: Context, node: SourceNode, what: "ports" | "volumes", site: Site): Template | undefined {
  const map = readMapping(cx, node, `\`${what}\``);
  for (const { key, at, value } of map?.entries.values() ?? []) {
    if (what === "ports" && !isPort(key)) invalid(cx, value, `"${key}" is not a port of the machine`, "write `8080: 80`");
    if (what === "volumes" && !key.startsWith("/"))
      cx.problems.add("invalid-value", at, value, `"${key}" is not an absolute path`, "write `/data: /in`");
    if (value.kind !== "scalar") readText(cx, value, what === "ports" ? "a port of the container" : "a path of the container");
  }
  return map && readTemplate(cx, map, site);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text);
}

type Lifetime = Pick<ContainerProcess, "cleanup" | "cleanupAfter">;

/** What nothing is said of is never removed: so the specification has it. */
function readLifetime(cx: Context, node: SourceNode | undefined, site: Site): Lifetime {
  const map = node && readShape(cx, node, { what: "`lifetime`", keys: ["cleanup", "after"], required: ["cleanup"] });
  if (node === undefined || map === undefined) return { cleanup: "never" };
  const cleanup = optional(map, "cleanup", (value) => readChoice(cx, value, "`cleanup`", cleanups)) ?? "never";
  const after = optional(map, "after", (value) => readDuration(cx, value, "`after`", site));
  if (cleanup !== "eventually") return { cleanup };
  if (!map.entries.has("after"))
    cx.problems.add("missing-key", map.label, map, "`lifetime` with `cleanup: eventually` needs `after`", "write `after: { minutes: 30 }`");
  return present<Lifetime>({ cleanup, cleanupAfter: after });
}
