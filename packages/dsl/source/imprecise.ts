// Numbers that a document writes more exactly than JSON numbers, as they are read everywhere, can keep.
import type { Problems } from "../problems.ts";
import type { Range } from "./node.ts";

/** Warns of a number whose digits a JSON number cannot keep. */
export function warnImprecise(value: number, written: string, at: Range, problems: Problems): void {
  if (!Number.isInteger(value) || Number.isSafeInteger(value) || !/^[-+]?\d+$/.test(written)) return;
  problems.add(
    "imprecise-number",
    at,
    undefined,
    `${written} has more digits than a number keeps; it becomes ${value}`,
    "put it in quotes to keep every digit",
  );
}
