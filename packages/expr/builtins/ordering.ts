// Sorting, grouping and extremes, by the value itself or by what a filter makes of it.
import { bytesPerElement, type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { applyCode } from "../code/apply.ts";
import { arrayCode } from "../code/build.ts";
import { Code } from "../code/code.ts";
import { itemsOf } from "../value/access.ts";
import { compareValues } from "../value/compare.ts";
import { describe, typeError, typeError2 } from "../value/describe.ts";
import { isArray, type Value } from "../value/value.ts";
import { argument, type Maker, type MakerTable } from "./maker.ts";

/** An element with the value that it is ordered by. */
interface Keyed {
  readonly item: Value;
  readonly key: Value;
}

const notSorted = "sorted, as they are not both arrays";

type Pick = (sorted: readonly Keyed[], run: Run) => Value;

function chargeSort(run: Run, count: number): void {
  run.work(Math.ceil(count * Math.log2(count + 1)));
  run.allocate(count * bytesPerElement);
}

function byKey(run: Run): (a: Keyed, b: Keyed) => number {
  return (a, b) => compareValues(a.key, b.key, run);
}

/** `name(f)`: sorts by `f` (by all its results where it has several), then picks. */
function keyedMaker(pick: Pick): Maker {
  return (args, at) => {
    return orderingCode(argument(args, 0), at, notSorted, (items, keys, run) => pick(sortKeyed(items, keys, run), run));
  };
}

// A key of its own and an array of one key sort alike; error messages show the array.
function orderingCode(
  by: Code,
  at: number,
  verb: string,
  finish: (items: readonly Value[], keys: readonly Value[], run: Run) => Value,
): Code {
  return new Code({
    yields: "one",
    pure: by.pure,
    one: () => {
      const key = by.isOne ? by.one() : arrayCode(by).one();
      const shown = (keys: readonly Value[]): Value => (by.isOne ? keys.map((one) => [one]) : keys);
      return (input, frame) => {
        const items = itemsOf(input, at);
        frame.run.work(items.length);
        const keys = items.map((item) => key(item, frame));
        return isArray(input)
          ? finish(items, keys, frame.run)
          : fail(`${describe(input)} and ${describe(shown(keys))} cannot be ${verb}`, at);
      };
    },
  });
}

function sortKeyed(items: readonly Value[], keys: readonly Value[], run: Run): Keyed[] {
  chargeSort(run, items.length);
  return items.map((item, i) => ({ item, key: keys[i] as Value })).sort(byKey(run));
}

function groups(sorted: readonly Keyed[], run: Run): Keyed[][] {
  const found: Keyed[][] = [];
  let current: Keyed[] | undefined;
  for (const keyed of sorted) {
    const first = current?.[0];
    if (current && first && compareValues(first.key, keyed.key, run) === 0) current.push(keyed);
    else found.push((current = [keyed]));
  }
  return found;
}

const itemsOfKeyed = (sorted: readonly Keyed[]): Value => sorted.map((keyed) => keyed.item);
const grouped: Pick = (sorted, run) => groups(sorted, run).map(itemsOfKeyed);
const uniqueItems: Pick = (sorted, run) => groups(sorted, run).map((group) => (group[0] as Keyed).item);

function sorted(run: Run, input: Value): Value {
  if (!isArray(input)) return typeError(input, "cannot be sorted, as it is not an array");
  chargeSort(run, input.length);
  return input.toSorted((a, b) => compareValues(a, b, run));
}

function unique(run: Run, input: Value): Value {
  const items = sortedOrFail(run, input);
  return items.filter((item, i) => i === 0 || compareValues(items[i - 1] as Value, item, run) !== 0);
}

function sortedOrFail(run: Run, input: Value): readonly Value[] {
  if (!isArray(input))
    return typeError2(
      input,
      itemsOf(input).map((item) => [item]),
      `cannot be ${notSorted}`,
    );
  return sorted(run, input) as readonly Value[];
}

/** The last of the largest, or the first of the smallest. */
function extreme(items: readonly Value[], keys: readonly Value[], largest: boolean, run: Run): Value {
  let best = -1;
  for (let i = 0; i < items.length; i++) {
    const order = best < 0 ? 0 : compareValues(keys[i] as Value, keys[best] as Value, run);
    if (best < 0 || (largest ? order >= 0 : order < 0)) best = i;
  }
  return best < 0 ? null : (items[best] as Value);
}

function extremeMaker(largest: boolean): Maker {
  return (_args, at) =>
    applyCode(
      (run, input) => {
        if (!isArray(input)) return typeError2(input, input, "cannot be iterated over");
        run.work(input.length);
        return extreme(input, input, largest, run);
      },
      [],
      at,
    );
}

function extremeByMaker(largest: boolean): Maker {
  return (args, at) => {
    return orderingCode(argument(args, 0), at, "iterated over", (items, keys, run) => extreme(items, keys, largest, run));
  };
}

/** Builtins that order. */
export const orderings: MakerTable = {
  "sort/0": (_args, at) => applyCode(sorted, [], at),
  "sort_by/1": keyedMaker(itemsOfKeyed),
  "group_by/1": keyedMaker(grouped),
  "unique/0": (_args, at) => applyCode(unique, [], at),
  "unique_by/1": keyedMaker(uniqueItems),
  "min/0": extremeMaker(false),
  "max/0": extremeMaker(true),
  "min_by/1": extremeByMaker(false),
  "max_by/1": extremeByMaker(true),
};
