// The page that lists the suite is what the suite says.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pageFile, pageOf } from "./page.ts";

test("docs/reference/conformance.md lists this suite, and that all of it holds; `npm run conformance` writes it", () => {
  expect(readFileSync(pageFile, "utf8")).toBe(pageOf(() => "holds"));
});
