import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Validator } from "@seriousme/openapi-schema-validator";
import { BatonError } from "@baton/core";
import { describe, expect, test } from "vitest";
import { apiError, apiErrors } from "./errors.ts";
import { maxWaitMs } from "./limits.ts";
import { openApiDocument } from "./openapi.ts";
import { problemOf, readProblem } from "./problem.ts";
import { commonErrors, pathParameters, pathsOf, routes } from "./routes.ts";
import { statusOf, statusByCode } from "./status.ts";
import { parseWait } from "./wait.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

describe("the OpenAPI document", () => {
  test("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(JSON.stringify(openApiDocument("1.2.3"))) as { [key: string]: unknown });
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(validator.version).toBe("3.1");
  });

  test("every reference leads to a schema", () => {
    const document = openApiDocument("1.2.3");
    const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] as string);
    const known = Object.keys((document["components"] as { schemas: object }).schemas);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  test("no two operations share a name or a place", () => {
    const all = Object.values(routes).flatMap((route) => pathsOf(route).map((path) => `${route.method} ${path}`));
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain("POST /v1/namespaces/{namespace}/flows/{name}:run");
    expect(pathParameters("/v1/namespaces/{namespace}/flows/{name}:run")).toEqual(["namespace", "name"]);
  });
});

describe("error codes", () => {
  test("every code that a route or the status table names has a page", () => {
    const named = new Set([...commonErrors, ...Object.values(routes).flatMap((route) => route.errors), ...Object.keys(statusByCode)]);
    expect([...named].filter((code) => !existsSync(`${root}docs/errors/${code}.md`))).toEqual([]);
  });

  test("every code of this package has a status of its own", () => {
    expect(Object.keys(apiErrors).filter((code) => !(code in statusByCode))).toEqual([]);
  });

  test("a code that is not listed is the world's fault", () => {
    expect([statusOf("disk-on-fire", true), statusOf("disk-on-fire", false)]).toEqual([503, 500]);
    expect(statusOf("constructor", false)).toBe(500);
  });

  test("an error becomes a problem document that the client reads back", () => {
    const problem = problemOf(apiError("route-unknown", { message: "There is nothing at /v2." }), { instance: "/v2" });
    expect(problem).toEqual({
      type: "urn:baton:error:route-unknown",
      title: "There is nothing at this address.",
      status: 404,
      detail: "There is nothing at /v2.",
      instance: "/v2",
      code: "route-unknown",
      hint: "See /openapi.json for all addresses.",
      retryable: false,
    });
    expect(readProblem(JSON.parse(JSON.stringify(problem)))).toEqual(problem);
  });

  test("the place is told unless the message names it", () => {
    const entry = { summary: "The disk is full.", next: "Free some space.", retryable: true };
    expect(problemOf(new BatonError("disk-full", entry, { where: "/data" })).detail).toBe("The disk is full. (/data)");
    expect(problemOf(new BatonError("disk-full", entry, { where: "/data", message: "/data is full." })).detail).toBe("/data is full.");
    expect(problemOf(new BatonError("disk-full", entry)).title).toBe("Disk full.");
  });

  test("what is not a problem document is not taken for one", () => {
    for (const value of [null, "text", 7, {}, [], { code: "x", status: "404" }]) expect(readProblem(value)).toBeUndefined();
  });
});

describe("the time to wait", () => {
  test.each([
    ["30s", 30_000],
    ["500ms", 500],
    ["2m", 120_000],
    ["0s", 0],
    ["PT1.5S", 1500],
    ["PT2M", 120_000],
  ])("%s is %i ms", (text, ms) => {
    expect(parseWait(text)).toEqual({ ok: true, value: ms });
  });

  test.each(["", "30", "-1s", "1 s", "s", "1e3ms", "P1M", "Infinity", "30S"])("%j is refused", (text) => {
    expect(parseWait(text).ok).toBe(false);
  });

  test("longer than the limit is refused with the limit", () => {
    expect(parseWait(`${maxWaitMs}ms`).ok).toBe(true);
    expect(parseWait(`${maxWaitMs + 1}ms`)).toEqual({
      ok: false,
      error: `${maxWaitMs + 1}ms is too long: wait at most 4 minutes, and ask again`,
    });
  });
});

test("docs/reference/api.md lists the routes as they are", () => {
  const rows = Object.entries(routes).flatMap(([operation, route]) =>
    pathsOf(route).map((path) => `| \`${route.method} ${path}\` | ${operation} | ${route.summary} |`),
  );
  const page = readFileSync(`${root}docs/reference/api.md`, "utf8");
  const found = page.split("\n").filter((line) => /^\| `(GET|POST|PUT|DELETE) /.test(line));
  expect(found).toEqual(rows);
});
