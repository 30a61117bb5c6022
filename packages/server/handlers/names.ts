// Names in addresses.
import type { ApiRequest } from "../exchange.ts";
import { InvalidRequest } from "../http/problems.ts";

const namePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

/** The namespace that an address names. */
export function namespaceOf(request: ApiRequest): string {
  const { namespace = "" } = request.path;
  if (namePattern.test(namespace)) return namespace;
  const detail = "namespace must be a name: letters, digits and hyphens, at most 63";
  throw new InvalidRequest("parameter-invalid", detail, [{ parameter: "namespace", detail }]);
}
