// Where an operation is called: `servers` of the operation, its path or the document, with variables filled in; of
// version 2.0, `schemes`, `host` and `basePath`. What is relative counts from where the document was found.
import { isArray, isObject, type Json, type JsonObject } from "@baton/core";
import { shownUri } from "../resources/faults.ts";
import { callFault, documentFault, Unusable } from "./fault.ts";
import type { Operation } from "./operation.ts";
import { textOf } from "./style.ts";

/** The address before the operation's path, without a slash at its end. */
export function baseOf(operation: Operation, variables: ReadonlyMap<string, Json>): string {
  const { root } = operation;
  const base = operation.version === 2 ? baseOfSwagger(operation) : baseOfServers(operation, variables);
  const url = URL.parse(base, root.source.uri);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new Unusable(
      documentFault(shownUri(root.source.uri), `names no http or https server for the operation ${operation.id} ("${shownUri(base)}").`),
    );
  return url.href.replace(/[?#].*$/s, "").replace(/\/+$/, "");
}

function baseOfSwagger({ root, definition }: Operation): string {
  const from = URL.parse(root.source.uri);
  const own = from?.protocol === "http:" || from?.protocol === "https:" ? from.protocol.slice(0, -1) : "https";
  const listed = [definition.value["schemes"], root.value["schemes"]].find(isArray) ?? [own];
  const usable = listed.filter((scheme) => scheme === "http" || scheme === "https");
  // Where the document itself was had is known to answer; else the safer one.
  const scheme = [own, "https", "http"].find((known) => usable.some((scheme) => scheme === known)) ?? textOf(listed[0] ?? "");
  const host = typeof root.value["host"] === "string" ? root.value["host"] : from?.host;
  const path = typeof root.value["basePath"] === "string" ? root.value["basePath"] : "/";
  if (host === undefined || host === "") return "";
  return `${scheme}://${host}${path.startsWith("/") ? "" : "/"}${path}`;
}

/** The servers that hold for an operation, and the names of their variables. */
function serverOf({ definition, item, root }: Operation): JsonObject | undefined {
  for (const { value } of [definition, item, root]) {
    const servers = value["servers"];
    if (isArray(servers) && isObject(servers[0])) return servers[0];
  }
  return undefined;
}

/** The variables of the server's address: a call may give them a value, under their name. */
export function serverVariables(operation: Operation): readonly string[] {
  const variables = operation.version === 3 ? serverOf(operation)?.["variables"] : undefined;
  return isObject(variables) ? Object.keys(variables) : [];
}

function baseOfServers(operation: Operation, given: ReadonlyMap<string, Json>): string {
  const server = serverOf(operation);
  if (server === undefined) return "/";
  const variables = isObject(server["variables"]) ? server["variables"] : {};
  return textOf(server["url"] ?? "/").replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const variable = variables[name];
    const value = given.get(name) ?? (isObject(variable) ? variable["default"] : undefined);
    if (value === undefined)
      throw new Unusable(callFault(operation.id, `the server's variable "${name}" has no default, and the call gives it no value.`));
    const choices = isObject(variable) && isArray(variable["enum"]) ? variable["enum"] : [value];
    if (choices.includes(value)) return textOf(value);
    throw new Unusable(
      callFault(
        operation.id,
        `the server's variable "${name}" must be one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}.`,
      ),
    );
  });
}
