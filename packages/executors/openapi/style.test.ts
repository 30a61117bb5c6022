// Against the table of examples in the OpenAPI specification (3.0.4, "Style Examples"): color is empty, a text, a list, an object.
import { expect, test } from "vitest";
import type { Json, JsonObject } from "@baton/core";
import type { Parameter, Place } from "./operation.ts";
import { headerText, pathText, queryPieces } from "./style.ts";

const list = ["blue", "black", "brown"];
const object = { R: 100, G: 200, B: 150 };

function parameter(place: Place, description: JsonObject): Parameter {
  return { name: "color", in: place, required: false, description, schema: {} };
}

function write(place: "path" | "query" | "header", description: JsonObject, value: Json, version: 2 | 3 = 3): string {
  const operation = { version } as Parameters<typeof pathText>[0];
  if (place === "path") return pathText(operation, parameter(place, description), value);
  if (place === "header") return headerText(operation, parameter(place, description), value);
  return queryPieces(operation, parameter(place, description), value).join("&");
}

test.each<[string, boolean, string, string, string]>([
  ["matrix", false, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"],
  ["matrix", true, ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"],
  ["label", false, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"],
  ["label", true, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"],
  ["simple", false, "blue", "blue,black,brown", "R,100,G,200,B,150"],
  ["simple", true, "blue", "blue,black,brown", "R=100,G=200,B=150"],
])("path, %s, explode %s", (style, explode, text, array, fields) => {
  expect(["blue", list, object].map((value) => write("path", { style, explode }, value))).toEqual([text, array, fields]);
});

test.each<[string, boolean, string, string]>([
  ["form", false, "color=blue,black,brown", "color=R,100,G,200,B,150"],
  ["form", true, "color=blue&color=black&color=brown", "R=100&G=200&B=150"],
  ["spaceDelimited", false, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"],
  ["pipeDelimited", false, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"],
])("query, %s, explode %s", (style, explode, array, fields) => {
  expect([list, object].map((value) => write("query", { style, explode }, value))).toEqual([array, fields]);
});

test("query, deepObject: the keys in brackets, inner ones too", () => {
  expect(write("query", { style: "deepObject", explode: true }, object)).toBe("color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150");
  expect(write("query", { style: "deepObject" }, { a: { b: [1, 2] }, none: null })).toBe("color%5Ba%5D%5Bb%5D=1&color%5Ba%5D%5Bb%5D=2");
});

test("what is written is encoded for its place; reserved characters stay where the document allows it", () => {
  expect(write("path", {}, "a/b c?")).toBe("a%2Fb%20c%3F");
  expect(write("query", {}, "a&b=c")).toBe("color=a%26b%3Dc");
  expect(write("query", { allowReserved: true }, "/a?b&c %41")).toBe("color=/a?b%26c%20%41");
  expect(write("header", {}, list)).toBe("blue,black,brown");
  expect(write("header", { explode: true }, object)).toBe("R=100,G=200,B=150");
});

test("a parameter with content is written as JSON", () => {
  const content = { "application/json": {} };
  expect(write("query", { content }, object)).toBe("color=%7B%22R%22%3A100%2C%22G%22%3A200%2C%22B%22%3A150%7D");
  expect(write("header", { content }, [1])).toBe("[1]");
});

test.each<[string, string]>([
  ["csv", "color=blue,black,brown"],
  ["ssv", "color=blue%20black%20brown"],
  ["tsv", "color=blue%09black%09brown"],
  ["pipes", "color=blue%7Cblack%7Cbrown"],
  ["multi", "color=blue&color=black&color=brown"],
])("Swagger 2.0, %s", (collectionFormat, expected) => {
  expect(write("query", { collectionFormat }, list, 2)).toBe(expected);
  expect(write("path", { collectionFormat: "csv" }, list, 2)).toBe("blue,black,brown");
});
