// External resources that a document is made of: they are fetched when it is registered, and kept with it, so that a
// version means the same for ever. The compiler fetches nothing: it says what it needs, and is called again with it.
import type { Context } from "./context.ts";
import type { AuthenticationTemplate, ResourceTemplate } from "./ir.ts";
import { invalid } from "./read.ts";
import type { SourceNode } from "./source/node.ts";

/** The text of a resource; undefined: it is still to be fetched, or cannot be had. `what` names what it is for. */
export function resourceText(cx: Context, node: SourceNode, { endpoint }: ResourceTemplate, what: string): string | undefined {
  const uri = endpoint.kind === "uri" && endpoint.parts.every((part) => typeof part === "string") ? endpoint.parts.join("") : undefined;
  if (uri === undefined || !isWrittenOut(endpoint.authentication)) {
    const advice = "write out its address and credentials, or name a secret";
    invalid(cx, node, `${what} is fetched when the flow is registered: there are no variables and expressions then`, advice);
    return undefined;
  }
  const fetched = cx.resources.fetched.get(uri);
  if (fetched?.ok === true) {
    if (fetched.warning !== undefined) cx.problems.add("awaited-function", node, node, `${what} is awaited: ${fetched.warning}`);
    return fetched.text;
  }
  if (fetched !== undefined) cx.problems.add("resource-unavailable", node, node, `${what} cannot be fetched: ${fetched.detail}`);
  else if (uri !== "") cx.resources.needs.set(uri, { uri, ...(endpoint.authentication && { authentication: endpoint.authentication }) });
  return undefined;
}

function isWrittenOut(policy: AuthenticationTemplate | undefined): boolean {
  if (policy === undefined || "secret" in policy) return true;
  const templates = policy.scheme === "bearer" ? [policy.token] : [policy.username, policy.password];
  return templates.every(({ kind }) => kind === "constant");
}
