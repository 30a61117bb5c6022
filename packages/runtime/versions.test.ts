import { expect, test } from "vitest";
import { compareVersions, latestOf } from "./versions.ts";

test("semantic versions in the order that section 11 of the specification gives", () => {
  const inOrder = [
    "not-a-version",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.2.0",
    "1.10.0",
    "2.0.0",
  ];
  for (const [i, a] of inOrder.entries()) {
    for (const [j, b] of inOrder.entries()) expect(Math.sign(compareVersions(a, b)), `${a} and ${b}`).toBe(Math.sign(i - j));
  }
});

test("build metadata does not count", () => {
  expect(compareVersions("1.0.0+1", "1.0.0+2")).toBe(0);
});

test("the latest is the highest release, or the highest of all where none is released", () => {
  expect(latestOf(["1.2.0", "2.0.0-rc.1", "1.10.0"])).toBe("1.10.0");
  expect(latestOf(["2.0.0-alpha", "2.0.0-rc.1"])).toBe("2.0.0-rc.1");
  expect(latestOf(["nightly", "0.0.1"])).toBe("0.0.1");
  expect(latestOf([])).toBeUndefined();
});
