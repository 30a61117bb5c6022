// The methods of texts. What depends on the machine's language (localeCompare and its kin) is not here.
import { bytesPerElement, type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { callback } from "./callback.ts";
import { position } from "./list-methods.ts";
import { searching, toInteger, toText } from "./operators.ts";
import { JsFunction, methods, type JsValue, type Methods } from "./value.ts";

/** A text of that many characters is about to be built. */
function building(run: Run, length: number): void {
  run.allocate(2 * length);
}

function splitText(run: Run, self: string, [separator, limit]: readonly JsValue[]): JsValue {
  if (separator === undefined) return [self];
  const by = toText(run, separator);
  searching(run, self, by);
  const pieces = by === "" ? self.length : 1 + count(self, by);
  run.work(pieces);
  run.allocate(bytesPerElement * pieces + 2 * self.length);
  return self.split(by).slice(0, limit === undefined ? undefined : Math.max(0, toInteger(run, limit)));
}

function count(self: string, part: string): number {
  let found = 0;
  for (let at = self.indexOf(part); at >= 0; at = self.indexOf(part, at + part.length)) found++;
  return found;
}

function replaced(run: Run, self: string, [search, by]: readonly JsValue[], all: boolean): string {
  const part = toText(run, search);
  const call = by instanceof JsFunction ? callback(run, by) : undefined;
  const text = call === undefined ? toText(run, by) : "";
  searching(run, self, part);
  const times = all ? (part === "" ? self.length + 1 : count(self, part)) : 1;
  run.work(times);
  building(run, self.length + times * text.length);
  const put = (found: string, at: number): string => {
    if (call === undefined) return text;
    const given = toText(run, call(found, at, self));
    building(run, given.length);
    return given;
  };
  return all ? self.replaceAll(part, put) : self.replace(part, put);
}

function padded(run: Run, self: string, [length, filler]: readonly JsValue[]): { readonly length: number; readonly filler: string } {
  const target = toInteger(run, length);
  building(run, Math.max(target, self.length));
  return { length: target, filler: filler === undefined ? " " : toText(run, filler) };
}

function repeated(run: Run, self: string, times: JsValue): string {
  const number = toInteger(run, times);
  if (number < 0 || number === Infinity) return fail(`a text cannot be repeated ${number} times`);
  building(run, self.length * number);
  return self.repeat(number);
}

type Test = (self: string, part: string, at: number) => boolean | number;

const finding =
  (test: Test, otherwise: (self: string) => number) =>
  (run: Run, self: string, [part, at]: readonly JsValue[]): JsValue => {
    const text = toText(run, part);
    searching(run, self, text);
    return test(self, text, at === undefined ? otherwise(self) : toInteger(run, at));
  };

const changed =
  (change: (self: string) => string) =>
  (run: Run, self: string): JsValue => {
    building(run, self.length);
    return change(self);
  };

const fromStart = (): number => 0;
const fromEnd = (self: string): number => self.length;

/** The methods of texts by name. */
export const textMethods: Methods<string> = methods<string>({
  at: (run, self, [index]) => self.at(toInteger(run, index)),
  charAt: (run, self, [index]) => self.charAt(toInteger(run, index)),
  charCodeAt: (run, self, [index]) => self.charCodeAt(toInteger(run, index)),
  codePointAt: (run, self, [index]) => self.codePointAt(toInteger(run, index)),
  concat(run, self, values) {
    const text = values.reduce<string>((all, value) => all + toText(run, value), self);
    building(run, text.length);
    return text;
  },
  endsWith: finding((self, part, at) => self.endsWith(part, at), fromEnd),
  includes: finding((self, part, at) => self.includes(part, at), fromStart),
  indexOf: finding((self, part, at) => self.indexOf(part, at), fromStart),
  lastIndexOf: finding((self, part, at) => self.lastIndexOf(part, at), fromEnd),
  padEnd(run, self, values) {
    const { length, filler } = padded(run, self, values);
    return self.padEnd(length, filler);
  },
  padStart(run, self, values) {
    const { length, filler } = padded(run, self, values);
    return self.padStart(length, filler);
  },
  repeat: (run, self, [times]) => repeated(run, self, times),
  replace: (run, self, values) => replaced(run, self, values, false),
  replaceAll: (run, self, values) => replaced(run, self, values, true),
  slice(run, self, [from, to]) {
    building(run, self.length);
    return self.slice(position(run, from, self.length, 0), position(run, to, self.length, self.length));
  },
  split: splitText,
  startsWith: finding((self, part, at) => self.startsWith(part, at), fromStart),
  substring(run, self, [from, to]) {
    building(run, self.length);
    return self.substring(toInteger(run, from), to === undefined ? self.length : toInteger(run, to));
  },
  toLowerCase: changed((self) => self.toLowerCase()),
  toString: (_: Run, self: string) => self,
  toUpperCase: changed((self) => self.toUpperCase()),
  trim: changed((self) => self.trim()),
  trimEnd: changed((self) => self.trimEnd()),
  trimStart: changed((self) => self.trimStart()),
});
