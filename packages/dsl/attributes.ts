// Attributes (`metadata.baton.attributes`): named values by which runs are found. On the document they are taken from
// the workflow's input when a run starts, on a task from its output when it completes.
import type { Context } from "./context.ts";
import { readsSecrets, readTemplate, type Site } from "./expressions.ts";
import type { AttributeRules, Template } from "./ir.ts";
import { metadataOf } from "./metadata.ts";
import { invalid, readMapping } from "./read.ts";
import type { MappingNode, SourceNode } from "./source/node.ts";

/** Attributes of one task, or of the document. */
const maxAttributes = 20;
const attributeName = /^[A-Za-z_][\w-]{0,62}$/;

/** The attributes that `metadata` of a task or a document names; undefined: none. */
export function readAttributes(cx: Context, owner: MappingNode, site: Site): AttributeRules | undefined {
  const node = metadataOf(owner, "attributes");
  const map = node && readMapping(cx, node, "`attributes`");
  if (map === undefined) return undefined;
  if (map.entries.size > maxAttributes) invalid(cx, map, `There are ${map.entries.size} attributes, more than ${maxAttributes}`);
  return [...map.entries.values()].map(({ key, value }) => [key, readAttribute(cx, key, value, site)] as const);
}

function readAttribute(cx: Context, name: string, node: SourceNode, site: Site): Template {
  if (!attributeName.test(name)) invalid(cx, node, `"${name}" is not an attribute's name`, "use letters, digits, `_` and `-`, at most 63");
  if (node.kind !== "scalar")
    invalid(cx, node, `The attribute \`${name}\` must be a text, a number, true or false`, "write one value, or an expression");
  const template = readTemplate(cx, node, site);
  if (readsSecrets(template))
    invalid(cx, node, `The attribute \`${name}\` reads $secrets, and attributes are shown to everybody`, "leave the secret out");
  return template;
}
