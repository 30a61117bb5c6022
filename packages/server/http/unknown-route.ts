// What is said of an address at which there is nothing: another method, or the nearest address that exists.
import { apiError, pathsOf, routes } from "@baton/api";
import { nearest, type BatonError } from "@baton/core";

interface KnownPath {
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
}

const knownPaths: readonly KnownPath[] = Object.values(routes).flatMap((route) =>
  pathsOf(route).map((path) => ({ method: route.method, path, pattern: patternOf(path) })),
);

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.]/g, "\\.").replaceAll(/\{\w+\}/g, "[^/:]+")}$`);
}

/** The error for a request that no route takes, and the methods that the address does take. */
export function unknownRoute(method: string, path: string): { readonly error: BatonError; readonly allowed: readonly string[] } {
  const allowed = [...new Set(knownPaths.filter(({ pattern }) => pattern.test(path)).map((known) => known.method))];
  // An address that takes the method is refused for what stands in it, such as a name with a slash.
  if (allowed.length > 0 && !allowed.includes(method))
    return { error: apiError("method-not-allowed", { message: `${path} takes ${allowed.join(", ")}, but not ${method}.` }), allowed };
  const candidates = knownPaths.filter((known) => known.method === method).map((known) => filledIn(known.path, path));
  const meant = nearest(path, candidates);
  const next = meant === undefined ? {} : { next: `Did you mean ${method} ${meant}?` };
  return { error: apiError("route-unknown", { message: `There is nothing at ${method} ${path}.`, ...next }), allowed: [] };
}

/** The template with its parameters replaced by what stands in their place in the address. */
function filledIn(template: string, path: string): string {
  const given = path.split("/");
  const fill = (segment: string, i: number): string => segment.replace(/\{\w+\}/, (given[i] ?? "").replace(/:.*$/, "") || "$&");
  return template.split("/").map(fill).join("/");
}
