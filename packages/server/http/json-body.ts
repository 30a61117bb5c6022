// The body of a request as JSON, with the place of what is wrong where it is not.
import { apiError, maxBodyDepth } from "@baton/api";
import { isDeeperThan, type Json } from "@baton/core";
import { InvalidRequest } from "./problems.ts";

/** The value of a JSON body; null where there is no body. */
export function readJsonBody(text: string): Json {
  if (text.trim() === "") return null;
  const value = parse(text);
  if (isDeeperThan(value, maxBodyDepth)) throw apiError("body-too-deep", { message: `The body has more than ${maxBodyDepth} levels.` });
  return value;
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const place = placeOf(text, offsetOf(text, reason));
    const plain = reason.replace(/ at position \d+.*$/, "").replace(/, .* is not valid JSON$/s, "");
    const detail = place === undefined ? plain : `${plain} at line ${place.line}, column ${place.column}`;
    throw new InvalidRequest("body-malformed", `The body is not JSON: ${detail}.`, [{ detail: plain, pointer: "", ...place }]);
  }
}

/** A text up to this length is searched for the place where the parser does not name it. */
const longestSearch = 65_536;

/** Where the parser stopped: it says so, or the text ends too early, or it is searched for. */
function offsetOf(text: string, reason: string): number | undefined {
  const named = /at position (\d+)/.exec(reason);
  if (named !== null) return Number(named[1]);
  if (isTooShort(reason)) return text.length;
  return text.length <= longestSearch ? firstRefused(text) : undefined;
}

/** The start of the text is fine as far as it only lacks an end; halving finds the first character with which it is not. */
function firstRefused(text: string): number {
  let [fine, refused] = [0, text.length];
  while (refused - fine > 1) {
    const middle = (fine + refused) >> 1;
    if (isFineSoFar(text.slice(0, middle))) fine = middle;
    else refused = middle;
  }
  return fine;
}

function isFineSoFar(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    return error instanceof Error && isTooShort(error.message);
  }
}

function isTooShort(reason: string): boolean {
  return reason.startsWith("Unexpected end") || reason.startsWith("Unterminated string");
}

function placeOf(text: string, offset: number | undefined): { line: number; column: number } | undefined {
  if (offset === undefined) return undefined;
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}
