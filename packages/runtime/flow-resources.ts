// The external resources that flows are made of: fetched when a flow is registered, in as many rounds as they name others.
import { isObject, type Json, type JsonObject } from "@baton/core";
import {
  functionAt,
  type AuthenticationTemplate,
  type CatalogedFunction,
  type FetchedResource,
  type ResourceNeed,
  type Template,
} from "@baton/dsl";
import type { ResourceLoader } from "@baton/executors";
import type { Credentials, ResourceRequest } from "@baton/engine";
import { maxResourceRounds, maxResourcesPerFlow, registrationTimeoutMs } from "./limits.ts";

/** What resources come from. */
export interface ResourceParts {
  /** Absent: none can be had. */
  readonly loader: ResourceLoader | undefined;
  /** A secret of the flow's own namespace. */
  readonly secret: (name: string) => Json | undefined;
  /** A function of the default catalog. */
  readonly cataloged: (wanted: CatalogedFunction) => Promise<FetchedResource>;
}

/** What came of a compilation: what it needs, or that the document is refused. */
type Needing = { readonly ok: true; readonly needs?: readonly ResourceNeed[] } | { readonly ok: false };

/** A document with everything that it is made of. */
export interface Gathered<Compiled> {
  readonly compiled: Compiled;
  /** By address; none: the document stands alone. */
  readonly resources: { readonly [uri: string]: string } | undefined;
}

/** Compiles a document, fetches what it needs, and compiles it again until it needs nothing more. */
export async function gather<Compiled extends Needing>(
  compile: (resources: ReadonlyMap<string, FetchedResource>) => Compiled,
  parts: (compiled: Extract<Compiled, { ok: true }>) => ResourceParts,
): Promise<Gathered<Compiled>> {
  const fetched = new Map<string, FetchedResource>();
  let compiled = compile(fetched);
  for (let round = 1; compiled.ok; round++) {
    const { needs = [] } = compiled;
    if (needs.length === 0) break;
    const from = parts(compiled as Extract<Compiled, { ok: true }>);
    const tooMany = round > maxResourceRounds || fetched.size + needs.length > maxResourcesPerFlow;
    const found = await Promise.all(needs.map(async (need) => (tooMany ? beyondLimit : fetch(need, from))));
    needs.forEach(({ uri }, i) => fetched.set(uri, found[i] ?? beyondLimit));
    compiled = compile(fetched);
  }
  const texts = [...fetched].flatMap(([uri, resource]) => (resource.ok ? [[uri, resource.text] as const] : []));
  return { compiled, resources: texts.length === 0 ? undefined : Object.fromEntries(texts) };
}

const beyondLimit: FetchedResource = {
  ok: false,
  detail: `a flow is made of at most ${maxResourcesPerFlow} resources, which name one another at most ${maxResourceRounds} deep.`,
};

async function fetch(need: ResourceNeed, { loader, secret, cataloged }: ResourceParts): Promise<FetchedResource> {
  const wanted = functionAt(need.uri);
  if (wanted !== undefined) return cataloged(wanted);
  if (loader === undefined) return { ok: false, detail: "nothing is fetched here." };
  const request = requestFor(need, secret);
  if (typeof request === "string") return { ok: false, detail: request };
  const loaded = await loader.load(request, AbortSignal.timeout(registrationTimeoutMs));
  if (!loaded.ok) return { ok: false, detail: loaded.error.detail ?? loaded.error.title };
  return { ok: true, text: new TextDecoder().decode(loaded.value.bytes) };
}

/** What to ask for; a text says why that is not known. */
function requestFor({ uri, authentication: policy }: ResourceNeed, secret: ResourceParts["secret"]): ResourceRequest | string {
  if (policy === undefined) return { uri };
  const texts = "secret" in policy ? textsOf(secret(policy.secret), policy.scheme) : constantsOf(policy);
  const { username = "", password = "", token = "" } = texts;
  const missing = policy.scheme === "bearer" ? token === "" : username === "" || password === "";
  if (missing) return "its credentials are not there: the secret is missing, or of another shape.";
  const authentication: Credentials =
    policy.scheme === "bearer" ? { scheme: "bearer", token } : { scheme: policy.scheme, username, password };
  return { uri, authentication };
}

interface Texts {
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
}

/** The parts of a secret that are texts; one that is a text itself is a bearer's token. */
function textsOf(secret: Json | undefined, scheme: Credentials["scheme"]): Texts {
  if (typeof secret === "string") return scheme === "bearer" ? { token: secret } : {};
  const entries = isObject(secret ?? null) ? Object.entries(secret as JsonObject) : [];
  return Object.fromEntries(entries.filter(([, value]) => typeof value === "string"));
}

/** The compiler lets only constants through. */
function constantsOf(policy: Exclude<AuthenticationTemplate, { secret: string }>): Texts {
  const text = (template: Template): string => (template.kind === "constant" && typeof template.value === "string" ? template.value : "");
  if (policy.scheme === "bearer") return { token: text(policy.token) };
  return { username: text(policy.username), password: text(policy.password) };
}
