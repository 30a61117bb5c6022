// The extensions of a document, found before anything is compiled.
import { escapePointer } from "@baton/core";
import type { MappingNode, SourceNode } from "./source/node.ts";

/** One extension as it is written. */
export interface ExtensionSource {
  readonly name: string;
  /** JSON Pointer of it. */
  readonly reference: string;
  readonly map: MappingNode;
}

/** Finds the extensions without checking any. */
export function findExtensions(node: SourceNode | undefined): readonly ExtensionSource[] {
  if (node?.kind !== "sequence") return [];
  return node.items.flatMap((item, index) => {
    const [entry] = item.kind === "mapping" ? item.entries.values() : [];
    if (entry?.value.kind !== "mapping") return [];
    return { name: entry.key, reference: `/use/extensions/${index}/${escapePointer(entry.key)}`, map: entry.value };
  });
}
