import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rules } from "./rules.ts";

const page = readFileSync(new URL("../../docs/reference/lint-rules.md", import.meta.url), "utf8");
const sections = page
  .split(/^### /m)
  .slice(1)
  .map((section) => section.split(/\n+/));

test("every rule has its paragraph on the page of rules, with its severity, and nothing else has", () => {
  const documented = Object.fromEntries(sections.map(([name, text]) => [name, text?.split(".")[0]?.toLowerCase()]));
  expect(documented).toEqual(rules);
  expect(sections).toHaveLength(Object.keys(rules).length);
});
