import { expect, test } from "vitest";
import { detectFormat } from "./detect.ts";

test.each([
  ["; MaxProcs: 4\n", "swf"],
  [`\n${Array.from({ length: 18 }, () => "-1").join("  ")}\n`, "swf"],
  ['{"format":"baton-history","version":1,"nodes":[]}\n{}', "history"],
  ['{\n  "name": "x", "workflow": {}', "wfformat"],
  ["*****\nfile with basedata\nPRECEDENCE RELATIONS:\n", "psplib"],
  ["   50\n 0 0 0\n", "stg"],
  ["hello world", undefined],
  ["", undefined],
])("the beginning %j is %s", (head, format) => {
  expect(detectFormat(head)).toBe(format);
});
