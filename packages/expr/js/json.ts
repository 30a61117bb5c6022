// `JSON.parse` and `JSON.stringify`.
import { type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { toInteger, toText } from "./operators.ts";
import { isList, JsFunction, type JsValue } from "./value.ts";

/** What a character of JSON text may take as a value. */
const bytesPerCharacter = 16;

/** `JSON.parse(text)`. */
export function parse(run: Run, value: JsValue): JsValue {
  const text = toText(run, value);
  run.work(text.length);
  run.allocate(bytesPerCharacter * text.length);
  try {
    return JSON.parse(text) as JsValue;
  } catch (error) {
    if (error instanceof SyntaxError) return fail("the text is no JSON");
    throw error;
  }
}

const widestIndent = 10;

/** `JSON.stringify(value, null, indent)`. */
export function stringify(run: Run, [value, replacer, space]: readonly JsValue[]): JsValue {
  if (replacer !== undefined && replacer !== null) return fail("JSON.stringify takes no replacer here; shape the value before");
  const indent = typeof space === "number" ? " ".repeat(Math.min(widestIndent, Math.max(0, toInteger(run, space)))) : "";
  const unit = typeof space === "string" ? space.slice(0, widestIndent) : indent;
  return write(run, value, unit, "");
}

/** JSON text; undefined for what JSON does not have. */
function write(run: Run, value: JsValue, unit: string, margin: string): string | undefined {
  run.step();
  if (value === undefined || value instanceof JsFunction) return undefined;
  if (value === null || typeof value !== "object") return charged(run, JSON.stringify(value));
  const inner = margin + unit;
  const [open, close] = isList(value) ? ["[", "]"] : ["{", "}"];
  const parts = isList(value)
    ? value.map((item) => write(run, item, unit, inner) ?? "null")
    : Object.entries(value).flatMap(([key, entry]) => {
        const text = write(run, entry, unit, inner);
        return text === undefined ? [] : [`${JSON.stringify(key)}:${unit === "" ? "" : " "}${text}`];
      });
  if (parts.length === 0) return open + close;
  if (unit === "") return charged(run, open + parts.join(",") + close);
  return charged(run, `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${margin}${close}`);
}

function charged(run: Run, text: string): string {
  run.allocate(2 * text.length);
  return text;
}
