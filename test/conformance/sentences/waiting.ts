// What waits for a connector: until it is there, a document that uses it is refused by name when it is registered, so that
// nothing is promised that would not happen.
import { expect } from "vitest";
import { compileWorkflow } from "@baton/dsl";
import { headed } from "../run-flow.ts";
import { reference, type Check } from "../section.ts";

function refusedByName(task: string, name: string): Check {
  return () => {
    const result = compileWorkflow(headed(`do: [a: ${task}]`));
    const messages = result.ok ? [] : result.diagnostics.filter(({ rule }) => rule === "not-yet-supported").map(({ message }) => message);
    expect(messages).toEqual([expect.stringContaining(name)]);
  };
}

const authenticated = (policy: string): string =>
  `{ call: http, with: { method: get, endpoint: { uri: https://service.test, authentication: { ${policy} } } } }`;
const asyncapi = (rest: string): string =>
  `{ call: asyncapi, with: { document: { endpoint: https://service.test/asyncapi.json }, operation: greet, ${rest} } }`;

/** Each constructs's check holds that it is refused by name. */
export const waitingSections = [
  reference("gRPC Call", {
    "`call: grpc`": refusedByName(
      "{ call: grpc, with: { proto: { endpoint: file://a.proto }, service: { name: S, host: service.test }, method: M } }",
      "`call: grpc`",
    ),
  }),
  reference("AsyncAPI Call", {
    "`call: asyncapi` that publishes a message": refusedByName(asyncapi("message: { payload: { a: 1 } }"), "`call: asyncapi`"),
    "`call: asyncapi` that subscribes to messages": refusedByName(asyncapi("subscription: { consume: { amount: 1 } }"), "`call: asyncapi`"),
  }),
  reference("MCP Call", {
    "`call: mcp`": refusedByName(
      "{ call: mcp, with: { protocolVersion: 2025-06-18, method: tools/list, transport: { http: { endpoint: https://service.test } } } }",
      "`call: mcp`",
    ),
  }),
  reference("A2A Call", {
    "`call: a2a`": refusedByName("{ call: a2a, with: { method: tasks/list, server: https://service.test } }", "`call: a2a`"),
  }),
  reference("OAUTH2 Authentication", {
    "authentication by `oauth2`": refusedByName(
      authenticated("oauth2: { authority: https://service.test, grant: client_credentials, client: { id: i, secret: s } }"),
      "`oauth2`",
    ),
  }),
  reference("OpenIdConnect Authentication", {
    "authentication by `oidc`": refusedByName(
      authenticated("oidc: { authority: https://service.test, grant: client_credentials, client: { id: i, secret: s } }"),
      "`oidc`",
    ),
  }),
];
