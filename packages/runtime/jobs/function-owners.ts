// Who stands for the contract of a function: whoever offers it now. A worker that brings another contract under the same version is
// kept out as long as somebody does; its calls would be checked by one contract and made by the other. A worker that comes again, and
// an instance of the package that the function is of, change what is their own.
import type { NodeHello } from "@baton/executors";
import type { LiveNode } from "./nodes.ts";

/** The package that brings a function, by the function's label. */
export type PackageOf = (label: string) => string | undefined;

/** Who is asked. */
export interface Offering {
  readonly nodes: Iterable<LiveNode>;
  readonly packageOf: PackageOf;
}

/** Who else offers a function, in words; undefined: nobody. One that is not heard of stands for nothing. */
export function otherOwner(comes: Pick<NodeHello, "id" | "labels">, label: string, { nodes, packageOf }: Offering): string | undefined {
  const own = packageIn(comes.labels);
  const pack = packageOf(label);
  if (pack !== undefined && pack !== own) return `the package ${pack}`;
  for (const { id, link, suspect, spec } of nodes) {
    if (id === comes.id || link === null || suspect || spec.labels?.[label] === undefined) continue;
    if (own === undefined || packageIn(spec.labels) !== own) return `the worker ${id}, which is connected`;
  }
  return undefined;
}

/** The package that a worker is an instance of, by its labels; undefined where it is none. */
export function packageIn(labels: NodeHello["labels"]): string | undefined {
  return labels?.["deployment"];
}
