// The runtime's own catalog (dsl.md, "Default Catalog"): what its functions are called among the resources of a flow.
import { namePattern, versionPattern } from "./names.ts";

/** The name of the runtime's own catalog, where a document defines none of that name. */
export const defaultCatalog = "default";

const address = /^catalog:functions\/([^/]+)\/([^/]+)\/function\.yaml$/;

/** A function by name and version. */
export interface CatalogedFunction {
  readonly name: string;
  readonly version: string;
}

/** The address that stands for a function of the default catalog. */
export function catalogAddress({ name, version }: CatalogedFunction): string {
  return `catalog:functions/${name}/${version}/function.yaml`;
}

/** What stands for the text of a function that workers bring: no document is like it. */
export const broughtByWorkers = "brought by workers";

/** The function that an address stands for; undefined: it is not in the default catalog. */
export function functionAt(uri: string): CatalogedFunction | undefined {
  const [, name, version] = address.exec(uri) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}

/** What is wrong with a function's name or version; undefined: nothing. */
export function functionNameProblem({ name, version }: CatalogedFunction): string | undefined {
  if (!namePattern.test(name)) return `"${name}" is not a function's name: use letters, digits and hyphens, at most 63`;
  return versionPattern.test(version) ? undefined : `"${version}" is not a semantic version, such as 1.0.0`;
}
