import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { layers } from "./layers.ts";
import { declaredErrorCodes, documentedErrorCodes, importCycles, importProblems, readSources } from "./tidy.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = readSources(root);

test("the sources were seen, every package among them", () => {
  expect(sources.length).toBeGreaterThan(layers.length);
  expect(new Set(sources.flatMap((source) => source.package ?? []))).toEqual(new Set(layers));
});

test("files and functions are short, pure packages are pure, there is no enum", () => {
  expect(sources.flatMap((source) => source.problems)).toEqual([]);
});

test("imports follow the layers and the package.json files", () => {
  expect(importProblems(root, sources)).toEqual([]);
});

test("no file imports itself by way of others", () => {
  expect(importCycles(sources)).toEqual([]);
});

test("every error code has its page, and every page its code", () => {
  expect(documentedErrorCodes(root).sort()).toEqual([...new Set(declaredErrorCodes(root))].sort());
});

test("dependencies are pinned to an exact version", () => {
  const manifests = ["package.json", ...layers.map((name) => `packages/${name}/package.json`)];
  const loose = manifests.flatMap((path) => {
    const manifest = JSON.parse(readFileSync(`${root}${path}`, "utf8")) as { [field: string]: { [name: string]: string } };
    const all = { ...manifest["dependencies"], ...manifest["devDependencies"], ...manifest["optionalDependencies"] };
    return Object.entries(all).flatMap(([name, version]) => (/^\d+\.\d+\.\d+$/.test(version) ? [] : [`${path}: ${name} ${version}`]));
  });
  expect(loose).toEqual([]);
});

test("nothing names a machine's path or a registry's host", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" }).split("\n");
  const suspicious = /(^|[^.\w-])\/(home|root|work)\/|https?:\/\/[a-z.]*(npmjs?|debian)\.org/;
  const found = files
    .filter((file) => file !== "" && file !== "package-lock.json" && file !== "tools/tidy.test.ts")
    .filter((file) => suspicious.test(readFileSync(`${root}${file}`, "utf8")));
  expect(found).toEqual([]);
});
