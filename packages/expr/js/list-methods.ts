// The methods of arrays. None changes its array: `sort` and `reverse` give a new one, those that only change are not here.
import { bytesPerElement, type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { callback } from "./callback.ts";
import { comparing, isTruthy, joined, sameValue, strictlyEqual, toInteger, toNumber, toText } from "./operators.ts";
import { isList, methods, type JsValue, type Method, type Methods } from "./value.ts";

type List = readonly JsValue[];

/** An array that is about to be built. */
function building(run: Run, length: number): void {
  run.work(length);
  run.allocate(bytesPerElement * length);
}

/** Where an index leads that may count from the end. */
export function position(run: Run, value: JsValue, length: number, otherwise: number): number {
  if (value === undefined) return otherwise;
  const index = toInteger(run, value);
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length);
}

function finding(search: (list: List, test: (item: JsValue, index: number) => boolean) => JsValue): Method<List> {
  return (run, self, [given]) => {
    const call = callback(run, given);
    return search(self, (item, index) => isTruthy(call(item, index, self)));
  };
}

function sorted(run: Run, self: List, compare: JsValue): JsValue {
  building(run, self.length);
  const call = compare === undefined ? undefined : callback(run, compare);
  const texts = new Map<JsValue, string>();
  const textOf = (value: JsValue): string => {
    run.step();
    const known = texts.get(value) ?? toText(run, value);
    texts.set(value, known);
    return known;
  };
  const order = (a: JsValue, b: JsValue): number => {
    if (call !== undefined) return toNumber(run, call(a, b)) || 0;
    const [x, y] = [textOf(a), textOf(b)];
    comparing(run, x, y);
    return x < y ? -1 : x > y ? 1 : 0;
  };
  return self.toSorted(order);
}

function reversed(run: Run, self: List): JsValue {
  building(run, self.length);
  return self.toReversed();
}

function reduced(run: Run, self: List, values: List, fromEnd: boolean): JsValue {
  const call = callback(run, values[0]);
  const last = self.length - 1;
  const order = self.map((_, index) => (fromEnd ? last - index : index));
  building(run, self.length);
  if (values.length < 2 && order.length === 0) return fail("reduce of an empty array needs a value to begin with");
  let value = values.length < 2 ? self[order.shift() ?? 0] : values[1];
  for (const index of order) value = call(value, self[index], index, self);
  return value;
}

function flattened(run: Run, list: List, depth: number): JsValue[] {
  building(run, list.length);
  return list.flatMap((item) => (isList(item) && depth >= 1 ? flattened(run, item, depth - 1) : [item]));
}

function replaced(run: Run, self: List, [at, value]: List): JsValue {
  building(run, self.length);
  const index = toInteger(run, at);
  const place = index < 0 ? self.length + index : index;
  return place >= 0 && place < self.length ? self.with(place, value) : fail(`there is no item ${index} to replace`);
}

function spliced(run: Run, self: List, [from, count, ...items]: List): JsValue {
  building(run, self.length + items.length);
  const start = position(run, from, self.length, 0);
  const removed = count === undefined ? self.length - start : Math.max(0, toInteger(run, count));
  return [...self.slice(0, start), ...items, ...self.slice(start + removed)];
}

function looked(run: Run, self: List): void {
  run.work(self.length);
}

/** The methods of arrays by name. */
export const listMethods: Methods<List> = methods<List>({
  at: (run, self, [index]) => self.at(toInteger(run, index)),
  concat(run, self, values) {
    const lists = values.map((value) => (isList(value) ? value : [value]));
    building(run, self.length + lists.reduce((sum, list) => sum + list.length, 0));
    return [...self, ...lists.flat(1)];
  },
  entries(run, self) {
    building(run, 3 * self.length);
    return self.map((item, index) => [index, item]);
  },
  every: finding((list, test) => list.every(test)),
  filter(run, self, [given]) {
    const call = callback(run, given);
    building(run, self.length);
    return self.filter((item, index) => isTruthy(call(item, index, self)));
  },
  find: finding((list, test) => list.find(test)),
  findIndex: finding((list, test) => list.findIndex(test)),
  findLast: finding((list, test) => list.findLast(test)),
  findLastIndex: finding((list, test) => list.findLastIndex(test)),
  flat: (run, self, [depth]) => flattened(run, self, depth === undefined ? 1 : toInteger(run, depth)),
  flatMap(run, self, [given]) {
    const call = callback(run, given);
    building(run, self.length);
    return flattened(
      run,
      self.map((item, index) => call(item, index, self)),
      1,
    );
  },
  includes(run, self, [value]) {
    looked(run, self);
    return self.some((item) => sameValue(run, item, value));
  },
  indexOf(run, self, [value]) {
    looked(run, self);
    return self.findIndex((item) => strictlyEqual(run, item, value));
  },
  join: (run, self, [separator]) => joined(run, self, separator === undefined ? "," : toText(run, separator)),
  keys(run, self) {
    building(run, self.length);
    return self.map((_, index) => index);
  },
  lastIndexOf(run, self, [value]) {
    looked(run, self);
    return self.findLastIndex((item) => strictlyEqual(run, item, value));
  },
  map(run, self, [given]) {
    const call = callback(run, given);
    building(run, self.length);
    return self.map((item, index) => call(item, index, self));
  },
  reduce: (run, self, values) => reduced(run, self, values, false),
  reduceRight: (run, self, values) => reduced(run, self, values, true),
  reverse: reversed,
  slice(run, self, [from, to]) {
    const [start, end] = [position(run, from, self.length, 0), position(run, to, self.length, self.length)];
    building(run, Math.max(0, end - start));
    return self.slice(start, end);
  },
  some: finding((list, test) => list.some(test)),
  sort: (run, self, [compare]) => sorted(run, self, compare),
  toReversed: reversed,
  toSorted: (run, self, [compare]) => sorted(run, self, compare),
  toSpliced: spliced,
  toString: (run: Run, self: List) => joined(run, self, ","),
  values: (_, self) => self,
  with: replaced,
});
