import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import type { EndpointTemplate, HttpCall } from "@baton/dsl";
import { httpWork } from "./http-work.ts";
import { computed, fixed, giving, someScope } from "./testing/scope.ts";
import { Raised } from "./workflow-error.ts";

const plain: HttpCall = {
  kind: "http",
  method: fixed("get"),
  endpoint: { kind: "uri", parts: ["https://pets.test/"] },
  output: "content",
  redirect: false,
};

function uri(parts: Extract<EndpointTemplate, { kind: "uri" }>["parts"], input: Json): string {
  return httpWork(someScope(), { ...plain, endpoint: { kind: "uri", parts } }, input).uri;
}

function faultOf(call: Partial<HttpCall>, input: Json = {}): string | undefined {
  try {
    httpWork(someScope(), { ...plain, ...call }, input);
    return undefined;
  } catch (error) {
    return error instanceof Raised ? `${error.error.status} ${error.error.detail}` : String(error);
  }
}

test("a plain request has no body, no headers and no query", () => {
  expect(httpWork(someScope(), plain, {})).toEqual({
    kind: "http",
    method: "GET",
    uri: "https://pets.test/",
    headers: {},
    query: {},
    output: "content",
    redirect: false,
  });
});

test.each<[Json, string]>([
  [{ id: 7 }, "7"],
  [{ id: "a b/c" }, "a%20b%2Fc"],
  [{ id: "(!'*)" }, "%28%21%27%2A%29"],
  [{ id: "ü~-._" }, "%C3%BC~-._"],
  [{ id: true }, "true"],
  [{ id: null }, ""],
  [{}, ""],
  ["no object", ""],
])("a variable of the endpoint is percent-encoded: %j", (input, encoded) => {
  expect(uri(["https://pets.test/", { variable: "id" }, "/x"], input)).toBe(`https://pets.test/${encoded}/x`);
});

test("a variable's name is taken as it stands: no path into objects, no prototype", () => {
  expect(uri([{ variable: "pet.id" }], { "pet.id": 1, pet: { id: 2 } })).toBe("1");
  expect(uri([{ variable: "constructor" }], {})).toBe("");
});

test("an object or an array as a variable is an expression error", () => {
  const endpoint = { kind: "uri", parts: [{ variable: "id" }] } as const;
  expect(faultOf({ endpoint }, { id: {} })).toBe(
    "400 The variable {id} of the endpoint should be text, a number or a boolean, but it is an object.",
  );
  expect(faultOf({ endpoint }, { id: [] })).toContain("it is an array");
});

test("an expression within an endpoint is inserted as it is", () => {
  expect(uri(["https://pets.test?q=", { expression: giving(() => ["a&b"]) }], {})).toBe("https://pets.test?q=a&b");
});

test("an endpoint may be an expression; what it gives is not expanded again", () => {
  const endpoint = (value: Json): EndpointTemplate => ({ kind: "expression", template: computed(() => value) });
  expect(httpWork(someScope(), { ...plain, endpoint: endpoint("https://pets.test/{id}") }, { id: 1 }).uri).toBe("https://pets.test/{id}");
  expect(faultOf({ endpoint: endpoint(5) })).toContain("The endpoint should be a URI, but it is a number");
});

test("headers and query: text as it is, other values as JSON, lists repeat, null is left out", () => {
  const values = { text: "t", number: 1, flag: true, none: null, list: ["a", 2], object: { a: 1 } };
  const work = httpWork(someScope(), { ...plain, headers: fixed(values), query: fixed(values) }, {});
  expect(work.headers).toEqual({ text: "t", number: "1", flag: "true", list: '["a",2]', object: '{"a":1}' });
  expect(work.query).toEqual({ text: "t", number: "1", flag: "true", list: ["a", "2"], object: '{"a":1}' });
});

test("headers and query that are nothing are left out, anything else but an object is an error", () => {
  expect(httpWork(someScope(), { ...plain, query: computed(() => null) }, {}).query).toEqual({});
  expect(faultOf({ headers: fixed(["a"]) })).toContain("The headers should be an object, but it is an array");
});

test("a body is sent when there is one, null too", () => {
  expect(httpWork(someScope(), { ...plain, body: computed((input) => [input]) }, 1).body).toEqual([1]);
  expect(httpWork(someScope(), { ...plain, body: fixed(null) }, 1)).toHaveProperty("body", null);
});

test("a method that is no text is an error", () => {
  expect(faultOf({ method: fixed(1) })).toContain("The method should be text");
});
