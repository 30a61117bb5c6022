// The policy, and the order of a queue, as people write them: a part may be a name alone, a name with its parameter behind a
// colon (`rr:100ms`, as `baton simulate --policy` has it), or an object. What is left out of a part has the value written here.
import { isObject, type Json, type JsonObject } from "@baton/core";
import { defaultPolicy, parsePolicy, plainPolicy, type Policy } from "@baton/scheduler";
import { livePolicy } from "../live-policy.ts";
import { spanOf, type Fields } from "./fields.ts";

const parts = ["order", "backfill", "placement", "fairness", "prediction", "preemption"] as const;
type Part = (typeof parts)[number];

/** The fields of a policy. */
export const policyFields: readonly string[] = ["kind", "name", ...parts];

/** A turn of round robin where none is named. */
const sliceMs = 1_000;

/** What a name stands for when its parameters are left out. */
const whole: { readonly [part in Part]?: { readonly [name: string]: JsonObject } } = {
  order: { rr: { sliceMs }, priority: { ...livePolicy.order }, balanced: { ...defaultPolicy.order } },
  backfill: { easy: { by: "queue-order" } },
};

/** The parameter that may stand behind a name. */
const behindColon: { readonly [name: string]: { readonly parameter: string; readonly read: (text: string) => number | undefined } } = {
  rr: { parameter: "sliceMs", read: spanOf },
  expansion: { parameter: "capMs", read: spanOf },
  drf: { parameter: "halfLifeMs", read: spanOf },
  priority: { parameter: "pointsPerHour", read: (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined) },
};

/** A policy; parts, and fields of `prediction` and `preemption`, that are left out stay as they are in `current`. */
export function readPolicy(fields: Fields, current: Policy): Policy | undefined {
  fields.only(policyFields);
  const written = parts.flatMap((part) => {
    const value = fields.raw(part);
    return value === undefined ? [] : [[part, readPart(part, value, current)] as const];
  });
  return checked(fields, { ...(current as unknown as JsonObject), ...Object.fromEntries(written) });
}

/** The order of one queue. */
export function readOrder(fields: Fields): Policy["order"] | undefined {
  const value = fields.raw("order");
  return value === undefined ? undefined : checked(fields, { ...anyPolicy, order: readPart("order", value, plainPolicy) })?.order;
}

const anyPolicy = plainPolicy as unknown as JsonObject;

function readPart(part: Part, value: Json, current: Policy): Json {
  const named = typeof value === "string" ? readWord(value) : value;
  if (!isObject(named)) return named;
  if (part === "prediction" || part === "preemption") return { ...(current[part] as unknown as JsonObject), ...named };
  const { name } = named;
  return { ...(typeof name === "string" ? whole[part]?.[name] : undefined), ...named };
}

/** `rr:100ms` as an object; what does not read so stays one name, which nothing has. */
function readWord(word: string): JsonObject {
  const [name = "", ...rest] = word.split(":");
  const rule = rest.length === 1 && Object.hasOwn(behindColon, name) ? behindColon[name] : undefined;
  const value = rule?.read(rest[0] ?? "");
  return rule === undefined || value === undefined ? { name: word } : { name, [rule.parameter]: value };
}

function checked(fields: Fields, policy: JsonObject): Policy | undefined {
  const read = parsePolicy(policy);
  if (read.ok) return read.value;
  for (const { where, message, next } of read.error) {
    const field = message.startsWith("is ") ? `${where.slice(where.lastIndexOf("/") + 1)} ` : "";
    fields.wrongAt(where, `${field}${message}. ${next}`);
  }
  return undefined;
}
