// A webhook: an address that is told of events, and of which. What people write is checked here, all mistakes at once.
import { get, isArray, isObject, nearest, type Instant, type Json, type JsonObject } from "@baton/core";

/** A webhook as it is kept. */
export interface Webhook {
  readonly tenant: string;
  readonly name: string;
  readonly url: string;
  /** Types of events: exact, or ending in `*` for all that begin so. */
  readonly types: readonly string[];
  /** Only events of runs of this namespace; null: of all. */
  readonly namespace: string | null;
  /** Only events of runs of this flow; null: of all. */
  readonly flow: string | null;
  /** How events go over HTTP (CloudEvents, HTTP protocol binding). */
  readonly content: "structured" | "binary";
  /** Names of the secrets that sign, both while one is exchanged for another; none: messages are not signed. */
  readonly secrets: readonly string[];
  /** Why nothing is sent for the time being; null: it is. What happens meanwhile is kept and sent later. */
  readonly paused: string | null;
  readonly updatedAt: Instant;
}

/** What people give; the rest is known from elsewhere. */
export type WebhookSpec = Omit<Webhook, "tenant" | "name" | "updatedAt" | "paused">;

/** One mistake of a specification, with the JSON Pointer of its place. */
export interface WebhookProblem {
  readonly pointer: string;
  readonly detail: string;
  readonly suggestion?: string;
}

/** What a webhook may have at most. */
export const webhookLimits = { webhooksPerTenant: 100, types: 100, typeLength: 250, urlLength: 2_000, secrets: 2 } as const;

/** What a webhook hears of where nothing is said: all but the two events that only repeat the others. */
export const defaultTypes: readonly string[] = ["*"];

const known = ["url", "types", "namespace", "flow", "content", "secrets"];

/** A specification, or everything that is wrong with it. */
export function readWebhookSpec(
  value: Json,
): { readonly ok: true; readonly spec: WebhookSpec } | { readonly ok: false; readonly problems: readonly WebhookProblem[] } {
  if (!isObject(value)) return { ok: false, problems: [{ pointer: "", detail: "a webhook is an object with at least a url" }] };
  const problems = [...unknownKeys(value), ...checks.flatMap((check) => check(value))];
  if (problems.length > 0) return { ok: false, problems };
  const text = (key: string): string | null => (get(value, key) as string | undefined) ?? null;
  return {
    ok: true,
    spec: {
      url: text("url") ?? "",
      types: (get(value, "types") as readonly string[] | undefined) ?? defaultTypes,
      namespace: text("namespace"),
      flow: text("flow"),
      content: (text("content") ?? "structured") as WebhookSpec["content"],
      secrets: (get(value, "secrets") as readonly string[] | undefined) ?? [],
    },
  };
}

function unknownKeys(value: JsonObject): WebhookProblem[] {
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  return unknown.map((key) => {
    const meant = nearest(key, known);
    const detail = `${key} is not a property of a webhook${meant === undefined ? ` (known are: ${known.join(", ")})` : ` (did you mean ${meant}?)`}`;
    return { pointer: `/${key}`, detail, ...(meant !== undefined && { suggestion: meant }) };
  });
}

const checks: readonly ((value: JsonObject) => WebhookProblem[])[] = [
  (value) => urlProblems(get(value, "url")),
  (value) => textsProblems(value, "types", webhookLimits.types, isTypePattern, "a type of events, or the beginning of types and a *"),
  (value) => textsProblems(value, "secrets", webhookLimits.secrets, isName, "the name of a secret"),
  (value) => ["namespace", "flow"].flatMap((key) => nameProblems(value, key)),
  (value) => contentProblems(get(value, "content")),
];

function urlProblems(url: Json | undefined): WebhookProblem[] {
  const problem = (detail: string): WebhookProblem[] => [{ pointer: "/url", detail }];
  if (typeof url !== "string") return problem("url is required: the address that events are sent to, as text");
  if (url.length > webhookLimits.urlLength) return problem(`url has more than ${webhookLimits.urlLength} characters`);
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:"))
    return problem("url must be an absolute http or https address");
  if (parsed.username !== "" || parsed.password !== "")
    return problem("url must not carry a user name or password; sign with `secrets` instead");
  return [];
}

function textsProblems(value: JsonObject, key: string, most: number, isRight: (text: string) => boolean, what: string): WebhookProblem[] {
  const list = get(value, key);
  if (list === undefined) return [];
  if (!isArray(list) || list.length > most) return [{ pointer: `/${key}`, detail: `${key} must be a list of at most ${most}` }];
  return list.flatMap((item, i) =>
    typeof item === "string" && isRight(item) ? [] : [{ pointer: `/${key}/${i}`, detail: `must be ${what}` }],
  );
}

function nameProblems(value: JsonObject, key: string): WebhookProblem[] {
  const name = get(value, key) ?? null;
  if (name === null || (typeof name === "string" && isName(name))) return [];
  return [{ pointer: `/${key}`, detail: `${key} must be a name: letters, digits and hyphens, at most 63` }];
}

function contentProblems(content: Json | undefined): WebhookProblem[] {
  if (content === undefined || content === "structured" || content === "binary") return [];
  const meant = typeof content === "string" ? nearest(content, ["structured", "binary"]) : undefined;
  return [{ pointer: "/content", detail: `content must be structured or binary${meant === undefined ? "" : ` (did you mean ${meant}?)`}` }];
}

function isName(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(text);
}

/** Whether a webhook can have that name. */
export function isWebhookName(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

function isTypePattern(text: string): boolean {
  return text.length <= webhookLimits.typeLength && /^(?:[^\s*]+\*?|\*)$/.test(text);
}

const repeating = /^io\.serverlessworkflow\.(?:workflow|task)\.status-changed\.v1$/;

/** Whether the webhook is told of an event of that type, of a run of that flow. */
export function wants(webhook: Webhook, type: string, of: { readonly namespace: string; readonly name: string }): boolean {
  if (webhook.namespace !== null && webhook.namespace !== of.namespace) return false;
  if (webhook.flow !== null && webhook.flow !== of.name) return false;
  return webhook.types.some((pattern) => matches(pattern, type));
}

/** What only repeats other events is sent only to those who name it. */
function matches(pattern: string, type: string): boolean {
  if (!pattern.endsWith("*")) return pattern === type;
  return type.startsWith(pattern.slice(0, -1)) && (!repeating.test(type) || pattern.includes("status-changed"));
}
