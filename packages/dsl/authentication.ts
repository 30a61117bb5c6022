// Authentication policies (dsl-reference.md, "Authentication"): inline, by the name of one in `use.authentications`,
// or with what a secret holds. A policy is compiled where it is used, so that its expressions see what is there.
import { child, type Context } from "./context.ts";
import { readTextTemplate, type Site } from "./expressions.ts";
import type { AuthenticationTemplate, Template } from "./ir.ts";
import { definitionOf, didYouMean, lacks, optional, readExclusive, readShape, readText } from "./read.ts";
import { isText, type MappingNode, type SourceNode } from "./source/node.ts";
import { refuse } from "./unsupported.ts";

const schemes = ["basic", "bearer", "digest", "oauth2", "oidc"] as const;
type Scheme = "basic" | "bearer" | "digest";

/** Reads a policy, or the name of one (`use`). */
export function readAuthentication(cx: Context, node: SourceNode, site: Site): AuthenticationTemplate | undefined {
  if (node.kind !== "mapping" || !node.entries.has("use")) return readPolicy(cx, node, site, ["use"]);
  readShape(cx, node, { what: "a reference to an authentication", keys: ["use"] });
  const name = optional(node, "use", (use) => readText(cx, use, "`use`"));
  const definition = name && definitionOf(cx, "authentications", name);
  return definition && readPolicy(cx, definition.value, site);
}

/** Reads a policy that is written out. */
export function readPolicy(cx: Context, node: SourceNode, site: Site, more: readonly string[] = []): AuthenticationTemplate | undefined {
  const map = readShape(cx, node, { what: "an authentication", keys: [...schemes, ...more] });
  if (map === undefined) return undefined;
  const found = readExclusive(cx, map, "an authentication", schemes);
  if (found === undefined) return reportNoScheme(cx, map);
  if (found.key !== "oauth2" && found.key !== "oidc") return readScheme(cx, found.key, found.value, site);
  const at = map.entries.get(found.key);
  if (at !== undefined) refuse(cx, `authentication.${found.key}`, at.at, at.value);
  return undefined;
}

function reportNoScheme(cx: Context, map: MappingNode): undefined {
  if (schemes.every((scheme) => lacks(cx, map, scheme)))
    cx.problems.add("missing-key", map.label, map, "An authentication needs one of `basic`, `bearer` and `digest`");
}

function readScheme(cx: Context, scheme: Scheme, node: SourceNode, site: Site): AuthenticationTemplate | undefined {
  const own = scheme === "bearer" ? ["token"] : ["username", "password"];
  const use = node.kind === "mapping" ? child(node, "use") : undefined;
  const map = readShape(cx, node, {
    what: `\`${scheme}\``,
    keys: use === undefined ? [...own, "use"] : ["use"],
    required: use === undefined ? own : [],
  });
  if (map === undefined) return undefined;
  if (use !== undefined) return readSecretName(cx, scheme, use);
  const text = (key: string): Template =>
    optional(map, key, (value) => {
      const read = readText(cx, value, `\`${key}\``);
      return read && readTextTemplate(cx, read, site);
    }) ?? { kind: "constant", value: null };
  if (scheme === "bearer") return { scheme, token: text("token") };
  return { scheme, username: text("username"), password: text("password") };
}

function readSecretName(cx: Context, scheme: Scheme, node: SourceNode): AuthenticationTemplate | undefined {
  const name = readText(cx, node, "`use`");
  if (name === undefined || !isText(name)) return undefined;
  cx.secretsRead.add(name.json);
  if (!cx.secrets.includes(name.json)) {
    const advice = (): string => didYouMean(name.json, cx.secrets) ?? "add it to the list `use.secrets`";
    cx.problems.add("undeclared-secret", name, name, `The secret "${name.json}" is not in \`use.secrets\``, advice);
  }
  return { scheme, secret: name.json };
}
