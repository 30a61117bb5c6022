import { pathsOf, routes } from "@baton/api";
import { describe, expect, test } from "vitest";
import { accessCheck, checkExposure, isLoopback } from "./access.ts";
import { readJsonBody } from "./json-body.ts";
import { readParameters, type RawQuery } from "./parameters.ts";
import { InvalidRequest, knownError, problemFor } from "./problems.ts";
import { unknownRoute } from "./unknown-route.ts";

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("Expected an error, but there was none");
}

describe("JSON bodies", () => {
  test("no body is null, a body is its value", () => {
    expect(readJsonBody("")).toBeNull();
    expect(readJsonBody(' {"a": [1]} ')).toEqual({ a: [1] });
  });

  test.each([
    ['{"a": 1,}', 1, 9],
    ["{\n  a: 1\n}", 2, 3],
    ["[1, x]", 1, 5],
    ["[1 2]", 1, 4],
    ['{"a": tru}', 1, 10],
    ['{"a": "b', 1, 9],
    ['{\n"a": 1', 2, 7],
    ["{'a': 1}", 1, 2],
    ["[NaN]", 1, 2],
    ["undefined", 1, 1],
    ["{} {}", 1, 4],
  ])("%j is wrong at line %i, column %i", (text, line, column) => {
    const error = thrownBy(() => readJsonBody(text));
    expect(error).toBeInstanceOf(InvalidRequest);
    expect(error).toMatchObject({
      code: "body-malformed",
      items: [{ line, column }],
      message: expect.stringContaining(`line ${line}, column ${column}`),
    });
  });

  test("nesting without end is refused", () => {
    expect(readJsonBody("[".repeat(256) + "]".repeat(256))).toBeInstanceOf(Array);
    expect(thrownBy(() => readJsonBody("[".repeat(257) + "]".repeat(257)))).toMatchObject({ code: "body-too-deep" });
  });
});

describe("parameters", () => {
  const read = (query: RawQuery, headers: RawQuery = {}): ReadonlyMap<string, unknown> => readParameters(routes.listRuns, query, headers);

  test("are read by their kind", () => {
    expect([...read({ status: "faulted", pageSize: "20", flow: "order" })]).toEqual([
      ["status", "faulted"],
      ["flow", "order"],
      ["pageSize", 20],
    ]);
    expect(readParameters(routes.startRun, { wait: "2s" }, { "idempotency-key": "k" }).get("wait")).toBe(2000);
    expect(readParameters(routes.startRun, {}, { "idempotency-key": "k" }).get("Idempotency-Key")).toBe("k");
  });

  test("everything that is wrong is told at once", () => {
    const error = thrownBy(() => read({ statsu: "x", status: "faultd", pageSize: "0", namespace: "a b", flow: ["a", "b"], pageToken: "" }));
    expect(error).toMatchObject({
      code: "parameter-invalid",
      items: [
        { parameter: "statsu", detail: "statsu is not a parameter of this address (did you mean status?)", suggestion: "status" },
        { parameter: "status", detail: expect.stringMatching(/^status must be one of pending, .* \(did you mean faulted\?\)$/) as string },
        { parameter: "namespace", detail: "namespace must be a name: letters, digits and hyphens, at most 63" },
        { parameter: "flow", detail: "flow is given more than once" },
        { parameter: "pageSize", detail: "pageSize must be a whole number from 1 to 500" },
        { parameter: "pageToken", detail: "pageToken must have 1 to 200 characters" },
      ],
    });
  });

  test("an address without parameters takes none", () => {
    expect(thrownBy(() => readParameters(routes.openapi, { verbose: "1" }, {}))).toMatchObject({
      message: "verbose is not a parameter of this address (known are: none)",
    });
    expect(thrownBy(() => readParameters(routes.getRun, { wait: "forever" }, {}))).toMatchObject({
      message: 'wait is wrong: "forever" is not a time to wait: write 30s, 500ms, 2m or PT30S',
    });
  });
});

describe("access", () => {
  test("loopback is what no other machine can use", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "baton.localhost"]) expect(isLoopback(host)).toBe(true);
    for (const host of ["0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.example", ""]) expect(isLoopback(host)).toBe(false);
  });

  test("another address only together with a token that can be sent", () => {
    checkExposure("127.0.0.1", undefined);
    checkExposure("0.0.0.0", "secret");
    expect(thrownBy(() => checkExposure("0.0.0.0", undefined))).toMatchObject({ code: "token-required", where: "0.0.0.0" });
    for (const token of ["", "a b", "ü", "a\n"])
      expect(thrownBy(() => checkExposure("127.0.0.1", token))).toMatchObject({ code: "token-invalid" });
  });

  test("without a token: the host names this machine, and no other site's page asks", () => {
    const code = (headers: Parameters<ReturnType<typeof accessCheck>>[0]): string | undefined =>
      accessCheck(undefined)(headers, false)?.code;
    for (const host of ["127.0.0.1:7070", "localhost", "LOCALHOST:1", "[::1]:7070"]) expect(code({ host })).toBeUndefined();
    for (const host of ["evil.example", "evil.example:7070", "10.0.0.1", "", undefined]) expect(code({ host })).toBe("host-refused");
    const host = "localhost:7070";
    expect(code({ host, origin: "http://localhost:7070" })).toBeUndefined();
    for (const origin of ["https://evil.example", "http://localhost:8080", "null", ""])
      expect(code({ host, origin })).toBe("origin-refused");
  });

  test("with a token: whoever has it, from anywhere; open addresses are open", () => {
    const check = accessCheck("secret");
    for (const authorization of ["Bearer secret", "bearer  secret"])
      expect(check({ host: "evil.example", authorization }, false)).toBeUndefined();
    for (const authorization of [undefined, "", "secret", "Bearer", "Bearer secret2", "Bearer secre", "Basic secret", "Bearer secret x"])
      expect(check({ host: "localhost", authorization }, false)?.code).toBe("authentication-required");
    expect(check({ host: "x" }, true)).toBeUndefined();
  });
});

describe("addresses at which there is nothing", () => {
  test.each([
    ["POST", "/v1/runs", ["GET"], "/v1/runs takes GET, but not POST."],
    ["DELETE", "/v1/flows/a", ["GET", "PUT"], "/v1/flows/a takes GET, PUT, but not DELETE."],
    ["GET", "/v1/runs/run_1:cancel", ["POST"], "/v1/runs/run_1:cancel takes POST, but not GET."],
  ])("%s %s: another method", (method, path, allowed, message) => {
    const unknown = unknownRoute(method, path);
    expect(unknown).toMatchObject({ allowed, error: { code: "method-not-allowed", message } });
  });

  test.each([
    ["GET", "/v1/flow", "Did you mean GET /v1/flows?"],
    ["GET", "/v1/runs/run_1/wach", "Did you mean GET /v1/runs/run_1/watch?"],
    ["POST", "/v1/runs/run_1:cancle", "Did you mean POST /v1/runs/run_1:cancel?"],
    ["POST", "/v1/namespaces/shop/flows/order:runn", "Did you mean POST /v1/namespaces/shop/flows/order:run?"],
    ["GET", "/", "See /openapi.json for all addresses."],
    ["GET", "/favicon.ico", "See /openapi.json for all addresses."],
  ])("%s %s: %s", (method, path, next) => {
    expect(unknownRoute(method, path)).toMatchObject({ allowed: [], error: { code: "route-unknown", next } });
  });

  test("every route's own address is known", () => {
    for (const route of Object.values(routes))
      for (const path of pathsOf(route)) expect(unknownRoute("TRACE", path.replaceAll(/\{\w+\}/g, "x")).allowed).toContain(route.method);
  });
});

describe("problems", () => {
  test("a bug tells the caller nothing of its inside", () => {
    const { error, bug } = knownError(new TypeError("cannot read property secret of undefined"));
    expect(bug).toBe(true);
    expect(JSON.stringify(problemFor(error, "/v1"))).not.toContain("secret");
  });

  test("errors of the HTTP library are ours", () => {
    const library = (code: string): string => knownError(Object.assign(new Error("x"), { code })).error.code;
    expect(library("FST_ERR_CTP_BODY_TOO_LARGE")).toBe("body-too-large");
    expect(library("FST_ERR_CTP_INVALID_MEDIA_TYPE")).toBe("body-type-unsupported");
    expect(library("FST_ERR_ANYTHING_ELSE")).toBe("internal");
  });
});
