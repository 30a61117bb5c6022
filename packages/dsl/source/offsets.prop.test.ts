import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Document, Scalar } from "yaml";
import { Problems } from "../problems.ts";
import type { ScalarNode, SourceNode } from "./node.ts";
import { offsetInText } from "./offsets.ts";
import { parseJsonText } from "./json.ts";
import { parseYaml } from "./yaml.ts";

const scalarUnder = (root: SourceNode | undefined): ScalarNode => {
  const value = root?.kind === "mapping" ? root.entries.get("inner")?.value : undefined;
  const scalar = value?.kind === "mapping" ? value.entries.get("text")?.value : undefined;
  if (scalar?.kind !== "scalar") throw new Error("expected a scalar");
  return scalar;
};

// Long lines, so that the writer folds them; quotes, backslashes and characters of two code units.
const words = fc.array(fc.constantFrom("a", "bb", "'", '"', "\\", "${ .x }", "ü", "😀", "#", ":", "longer-word", "\t", "\n", " "), {
  minLength: 1,
  maxLength: 40,
});
// White space alone has no character to be found, and the writer of YAML cannot keep it in every style.
const value = words.map((list) => list.join(" ")).filter((text) => /\S/.test(text));
const yamlStyles = [Scalar.PLAIN, Scalar.QUOTE_SINGLE, Scalar.QUOTE_DOUBLE, Scalar.BLOCK_LITERAL, Scalar.BLOCK_FOLDED] as const;

/** The character at the place, or what its escape stands for. */
const charAt = (text: string, at: number): string => {
  if (text[at] !== "\\") return text.charAt(at);
  const code = /^\\(?:x([\da-f]{2})|u([\da-f]{4}))/i.exec(text.slice(at));
  return code ? String.fromCharCode(Number.parseInt(code[1] ?? code[2] ?? "", 16)) : text.charAt(at + 1);
};

const expectEveryPlace = (text: string, node: ScalarNode): void => {
  const original = String(node.json);
  for (let i = 0; i < original.length; i++) {
    if (/\s/.test(original.charAt(i))) continue;
    // Behind a backslash that is not an escape (in the other styles) the character itself is compared.
    const at = offsetInText(text, node, i);
    const found = node.style === "double" ? charAt(text, at) : text.charAt(at);
    expect({ i, found }).toEqual({ i, found: original.charAt(i) });
  }
};

test("every visible character of a YAML scalar is found in its text, in every style", () => {
  fc.assert(
    fc.property(value, fc.constantFrom(...yamlStyles), (original, style) => {
      const scalar = new Scalar(original);
      scalar.type = style;
      const document = new Document({ inner: {} });
      document.setIn(["inner", "text"], scalar);
      const text = document.toString({ lineWidth: 30 });
      expectEveryPlace(text, scalarUnder(parseYaml(text, new Problems())));
    }),
    { numRuns: 300 },
  );
});

test("every visible character of a JSON text is found in it", () => {
  fc.assert(
    fc.property(value, (original) => {
      const text = JSON.stringify({ inner: { text: original } }, null, 1);
      expectEveryPlace(text, scalarUnder(parseJsonText(text, new Problems())));
    }),
    { numRuns: 100 },
  );
});
