// Calls over HTTP, and the credentials that go with them.
import { expect } from "vitest";
import { digestGuard } from "../../../packages/executors/testing/digest-server.ts";
import type { Received } from "../../../packages/executors/testing/servers.ts";
import { fault, json, peer, result, run, theServer, type Answer } from "../peers.ts";
import { dsl, reference, standard } from "../section.ts";

const pet = { id: 1, name: "Milou" };
const calling = (at: string, more = "", method = "get"): string =>
  `do: [a: { call: http, with: { method: ${method}, endpoint: ${at}${more} } }]`;
const communication = (status: number) => ({ type: standard("communication"), status, instance: "/do/0/a" });
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What a peer got that answers a call with this policy. */
async function credentials(policy: string, use = ""): Promise<string | undefined> {
  const { at, asked } = await peer(() => json(null));
  await result(`use: { secrets: [login, key]${use} }\n${calling(`{ uri: '${at}/', authentication: ${policy} }`)}`, {
    user: { token: "abc" },
  });
  return asked[0]?.headers.authorization;
}

const moved: Answer = { status: 302, headers: { location: "/new" } };

export const httpSections = [
  dsl("Lifecycle Events", {
    "they are sent as CloudEvents over HTTP, in structured mode": async () => {
      const first = Promise.withResolvers<Received>();
      const { at } = await peer((request) => {
        first.resolve(request);
        return { status: 204, headers: {} };
      });
      const { client } = await theServer();
      await client.putWebhook("conformance", { url: `${at}/`, types: ["io.serverlessworkflow.workflow.completed.v1"] });
      await result("do: [a: { set: { x: 1 } }]");
      const { headers, body } = await first.promise;
      await client.deleteWebhook("conformance");
      expect(headers["content-type"]).toMatch(/^application\/cloudevents\+json/);
      expect(JSON.parse(body)).toMatchObject({ specversion: "1.0", type: "io.serverlessworkflow.workflow.completed.v1" });
    },
  }),
  dsl("Supported Protocols", {
    "a problem with a call raises a communication error": async () => {
      const { at } = await peer(() => json(null, 503));
      expect(await fault(calling(at))).toMatchObject(communication(503));
      expect(await fault(calling("http://127.0.0.1:1/"))).toMatchObject({ type: standard("communication"), instance: "/do/0/a" });
    },
  }),
  reference("HTTP Call", {
    "the request has the method that is given, whatever it is": async () => {
      const { at, asked } = await peer(() => json(null));
      for (const method of ["get", "POST", "put", "patch", "DELETE", "options", "head"]) await result(calling(at, "", method));
      expect(asked.map(({ line }) => line.split(" ")[0])).toEqual(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]);
    },
    "the endpoint may be a text, an expression or an object": async () => {
      const { at, asked } = await peer(() => json(null));
      for (const endpoint of [`'${at}/{id}'`, `'\${ "${at}/\\(.id)" }'`, `{ uri: '${at}/{id}' }`])
        await result(calling(endpoint), { id: 7 });
      expect(asked.map(({ line }) => line)).toEqual(["GET /7", "GET /7", "GET /7"]);
    },
    "headers, query and body are sent, expressions in them evaluated": async () => {
      const { at, asked } = await peer(() => json(null));
      await result(calling(at, ", headers: { x-id: '${ .id }' }, query: { q: '${ .q }', n: 1 }, body: { id: '${ .id }' }", "post"), {
        id: 7,
        q: "a b",
      });
      expect(asked[0]).toMatchObject({ line: expect.stringMatching(/^POST \/\?q=a(?:%20|\+)b&n=1$/) as string, body: '{"id":7}' });
      expect(asked[0]?.headers).toMatchObject({ "x-id": "7", "content-type": "application/json" });
    },
    "a query may have several values of a name": async () => {
      const { at, asked } = await peer(() => json(null));
      await result(calling(at, ", query: { tag: [a, b] }"));
      expect(asked[0]?.line).toBe("GET /?tag=a&tag=b");
    },
    "`output: content` gives the content, deserialized; it is the default": async () => {
      const { at } = await peer(() => json(pet));
      expect(await result(calling(at))).toEqual(pet);
      expect(await result(calling(at, ", output: content"))).toEqual(pet);
    },
    "`output: raw` gives the content in Base64": async () => {
      const { at } = await peer(() => json(pet));
      expect(await result(calling(at, ", output: raw"))).toBe(base64(JSON.stringify(pet)));
    },
    "`output: response` gives the response with its request": async () => {
      const { at } = await peer(() => json(pet));
      expect(await result(calling(`${at}/pets`, ", output: response, headers: { x-a: b }"))).toMatchObject({
        request: { method: "GET", uri: `${at}/pets`, headers: { "x-a": "b" } },
        statusCode: 200,
        headers: { "content-type": "application/json" },
        content: pet,
      });
    },
    "without `redirect`, a status outside 200 to 299 is an error": async () => {
      const { at } = await peer(({ line }) => (line === "GET /old" ? moved : json(pet)));
      expect(await fault(calling(`${at}/old`))).toMatchObject(communication(302));
      expect(await result(calling(`${at}/new`, ", redirect: false"))).toEqual(pet);
    },
    "with it, one outside 200 to 399 is": async () => {
      const { at } = await peer(({ line }) => (line === "GET /bad" ? json(null, 400) : { status: 304, headers: {} }));
      expect((await run(calling(`${at}/unchanged`, ", redirect: true"))).status).toBe("completed");
      expect(await fault(calling(`${at}/bad`, ", redirect: true"))).toMatchObject(communication(400));
    },
    "the output can be transformed like any other": async () => {
      const { at } = await peer(() => json([pet]));
      expect(await result(`do: [a: { call: http, with: { method: get, endpoint: '${at}' }, output: { as: '.[0].name' } }]`)).toBe("Milou");
    },
  }),
  reference("HTTP Response", {
    "text is content as a text, and bytes are content in Base64": async () => {
      const { at } = await peer(({ line }) => ({
        headers: { "content-type": line === "GET /text" ? "text/plain" : "application/octet-stream" },
        body: line === "GET /text" ? "hello" : Buffer.from([0, 255]),
      }));
      expect(await result(calling(`${at}/text`))).toBe("hello");
      expect(await result(calling(`${at}/bytes`))).toBe(Buffer.from([0, 255]).toString("base64"));
    },
    "the status and the headers are the response's": async () => {
      const { at } = await peer(() => ({ status: 201, headers: { location: "/pets/1", "content-type": "application/json" }, body: "{}" }));
      expect(await result(calling(at, ", output: response", "post"))).toMatchObject({ statusCode: 201, headers: { location: "/pets/1" } });
    },
  }),
  reference("Authentication", {
    "a policy can be given inline": async () => expect(await credentials("{ bearer: { token: t } }")).toBe("Bearer t"),
    "or be one of the workflow's, by name": async () =>
      expect(await credentials("{ use: p }", ", authentications: { p: { bearer: { token: t } } }")).toBe("Bearer t"),
  }),
  reference("Basic Authentication", {
    "username and password are sent": async () =>
      expect(await credentials("{ basic: { username: u, password: p } }")).toBe(`Basic ${base64("u:p")}`),
    "they can come from a secret": async () =>
      expect(await credentials("{ basic: { use: login } }")).toBe(`Basic ${base64("ada:pass-word")}`),
  }),
  reference("Bearer Authentication", {
    "the token is sent": async () => expect(await credentials("{ bearer: { token: t } }")).toBe("Bearer t"),
    "it may be an expression": async () => expect(await credentials("{ bearer: { token: '${ .user.token }' } }")).toBe("Bearer abc"),
    "it can come from a secret": async () => expect(await credentials("{ bearer: { use: key } }")).toBe("Bearer t0ken-1"),
  }),
  reference("Digest Authentication", {
    "the challenge is answered with username and password": async () => {
      const guard = digestGuard({ algorithm: "SHA-256", qop: "auth", username: "u", password: "p", usesPerNonce: 10 });
      const { at } = await peer((request) => {
        const challenge = guard(request);
        return challenge === undefined ? json(pet) : { status: 401, headers: { "www-authenticate": challenge } };
      });
      const policy = (password: string): string =>
        calling(`{ uri: '${at}/a', authentication: { digest: { username: u, password: ${password} } } }`);
      expect(await result(policy("p"))).toEqual(pet);
      expect(await fault(policy("wrong"))).toMatchObject({ status: 401 });
    },
  }),
  dsl("Authorization Descriptor", {
    "`$authorization` tells scheme and parameter of what was sent": async () => {
      const { at } = await peer(() => json(null));
      const flow = `do: [a: { call: http, with: { method: get, endpoint: { uri: '${at}', authentication: { bearer: { token: t } } } }, output: { as: $authorization } }]`;
      expect(await result(flow)).toEqual({ scheme: "Bearer", parameter: "t" });
    },
  }),
  reference("Endpoint", {
    "`uri` is required": async () => {
      await expect(run(calling("{ authentication: { bearer: { token: t } } }"))).rejects.toMatchObject({ code: "flow-invalid" });
    },
  }),
];
