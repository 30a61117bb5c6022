// The parts of the language that are refused by name until they work. One line each: whoever makes one work
// removes its line, and the compiler then names every place that refuses it.
import type { Context } from "./context.ts";
import type { Range, SourceNode } from "./source/node.ts";

const features = {
  "call.asyncapi": "`call: asyncapi`",
  "call.grpc": "`call: grpc`",
  "call.a2a": "`call: a2a`",
  "call.mcp": "`call: mcp`",
  "authentication.oauth2": "The authentication `oauth2`",
  "authentication.oidc": "The authentication `oidc`",
  "schema.format": "The schema format",
  "evaluate.language": "The expression language",
} as const;

/** A part of the language that is not there yet. */
export type UnsupportedFeature = keyof typeof features;

/** What each of them is called in messages. */
export const unsupportedFeatures: { readonly [F in UnsupportedFeature]: string } = features;

/** What can be done without it, where there is a way. */
const instead: { readonly [F in UnsupportedFeature]?: string } = {
  "evaluate.language": "write them in `jq` or `js`",
  "authentication.oauth2": "ask for the token with `call: http`, and give it as a `bearer` token",
  "authentication.oidc": "ask for the token with `call: http`, and give it as a `bearer` token",
  "schema.format": "write it as JSON Schema, with the format `json`",
};

/** Refuses a feature where it is used. `detail` names the value, where the feature alone would not say enough. */
export function refuse(cx: Context, feature: UnsupportedFeature, at: Range, node: SourceNode, detail?: string): void {
  const what = detail === undefined ? features[feature] : `${features[feature]} ${detail}`;
  cx.problems.add("not-yet-supported", at, node, `${what} is not yet supported`, instead[feature]);
}
