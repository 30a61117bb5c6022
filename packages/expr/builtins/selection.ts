// Builtins that choose among the results of their arguments: `first`, `limit`, `any`, `add`, `path`, ... They stop what
// they run as soon as they have what they need.
import type { Run } from "../budget.ts";
import { fail, Failure } from "../failure.ts";
import { constantCode, emptyCode, identityCode } from "../code/basic.ts";
import { arrayCode } from "../code/build.ts";
import { selectCode } from "../code/choice.ts";
import {
  Code,
  type Each,
  extendPath,
  type Frame,
  isSingle,
  type Option,
  type Place,
  pathKeys,
  requirePath,
  requirePathTo,
  type Sink,
} from "../code/code.ts";
import { iterateCode } from "../code/iterate.ts";
import { pipeCode } from "../code/pipe.ts";
import { indexCode } from "../code/subscript.ts";
import { add } from "../value/arithmetic.ts";
import { getPath } from "../value/paths.ts";
import { isArray, isNumber, isTruthy, toDouble, type Value } from "../value/value.ts";
import { applyCode } from "../code/apply.ts";
import { argument, looping, type Maker, type MakerTable, withValue } from "./maker.ts";

/** The first result of `body`, which goes no further. */
export function firstCode(body: Code): Code {
  return isSingle(body) ? body : oneOf(body, false);
}

/** The last result of `body`. */
function lastCode(body: Code): Code {
  return isSingle(body) ? body : oneOf(body, true);
}

function oneOf(body: Code, goOn: boolean): Code {
  return new Code({
    yields: "option",
    pure: body.pure,
    option: () => {
      const each = body.each();
      return (input, frame) => {
        let result: Value | undefined;
        each(input, frame, (value) => {
          result = value;
          return goOn;
        });
        return result;
      };
    },
    paths: () => {
      const paths = body.paths();
      return (input, path, frame, sink) => {
        let found: { readonly value: Value; readonly path: Place } | undefined;
        paths(input, path, frame, (value, reached) => {
          found = { value, path: reached };
          return goOn;
        });
        return found === undefined || sink(found.value, found.path);
      };
    },
  });
}

type Count = (input: Value, frame: Frame) => number;

/** Lets results pass by their number: `pass` is given how many came before, and says what to do. */
function counted(count: Code, body: Code, name: string, pass: (before: number, limit: number) => "skip" | "send" | "last"): Code {
  const limitOf = (): Count => {
    const one = count.one();
    return (input, frame) => checkedCount(one(input, frame), name);
  };
  return new Code({
    yields: "many",
    each: () => {
      const limits = limitOf();
      const each = body.each();
      return (input, frame, sink) => {
        const limit = limits(input, frame);
        return (name === "limit" && limit <= 0) || countedEach((inner) => each(input, frame, inner), limit, pass, sink);
      };
    },
    paths: () => {
      const limits = limitOf();
      const paths = body.paths();
      return (input, path, frame, sink) => {
        const limit = limits(input, frame);
        if (name === "limit" && limit <= 0) return true;
        let before = 0;
        let done = false;
        const going = paths(input, path, frame, (value, reached) => {
          const what = pass(before++, limit);
          if (what === "skip") return true;
          done = what === "last";
          return sink(value, reached) && !done;
        });
        return going || done;
      };
    },
  });
}

function checkedCount(value: Value, name: string): number {
  if (!isNumber(value)) return fail(`${name} count must be a number`);
  const count = toDouble(value);
  if (count < 0) fail(`${name} doesn't support negative ${name === "nth" ? "indices" : "count"}`);
  return count;
}

function countedEach(
  run: (sink: Sink) => boolean,
  limit: number,
  pass: (before: number, limit: number) => "skip" | "send" | "last",
  sink: Sink,
): boolean {
  let before = 0;
  let done = false;
  let stopped = false;
  run((value) => {
    const what = pass(before++, limit);
    if (what === "skip") return true;
    done = what === "last";
    if (!sink(value)) stopped = true;
    return !done && !stopped;
  });
  return !stopped;
}

const limitMaker: Maker = (args, _at, slot) =>
  withValue(argument(args, 0), slot, (count) =>
    counted(count, argument(args, 1), "limit", (before, limit) => (before + 1 >= limit ? "last" : "send")),
  );
const skipMaker: Maker = (args, _at, slot) =>
  withValue(argument(args, 0), slot, (count) =>
    counted(count, argument(args, 1), "skip", (before, limit) => (before < limit ? "skip" : "send")),
  );
const nthMaker: Maker = (args, _at, slot) =>
  withValue(argument(args, 0), slot, (count) =>
    counted(count, argument(args, 1), "nth", (before, limit) => (before < limit ? "skip" : "last")),
  );

/** True if `test` holds for a result of `source`; the search ends there. */
function searchCode(source: Code, test: Code, wanted: boolean): Code {
  return new Code({
    yields: "one",
    pure: source.pure && test.pure,
    one: () => {
      const sources = source.each();
      const tests = test.each();
      return (input, frame) => {
        let found = false;
        sources(input, frame, (value) =>
          tests(value, frame, (result) => {
            found = isTruthy(result) === wanted;
            return !found;
          }),
        );
        return found === wanted;
      };
    },
  });
}

function isEmptyCode(body: Code): Code {
  return new Code({
    yields: "one",
    pure: body.pure,
    one: () => {
      const option = firstCode(body).option();
      return (input, frame) => option(input, frame) === undefined;
    },
  });
}

function addCode(source: Code, at: number): Code {
  return new Code({
    yields: "one",
    pure: source.pure,
    one: () => {
      const each = source.each();
      return (input, frame) => {
        let sum: Value = null;
        each(input, frame, (value) => {
          sum = typeof sum === "number" && typeof value === "number" ? sum + value : add(sum, value, frame.run);
          return true;
        });
        return sum;
      };
    },
    at,
  });
}

function pathCode(body: Code): Code {
  return new Code({
    yields: body.yields,
    pure: body.pure,
    each: () => {
      const paths = body.paths();
      return (input, frame, sink) =>
        paths(input, undefined, frame, (value, path) => {
          return sink(pathKeys(requirePath(path, value)));
        });
    },
  });
}

function getPathCode(argumentCode: Code, at: number): Code {
  const read = applyCode((run, input, keys) => readPath(input, keys, run), [argumentCode], at);
  const codeWithPaths = new Code({
    yields: read.yields,
    pure: read.pure,
    ...(read.isOne ? { one: () => read.one() } : {}),
    each: () => read.each(),
    paths: () => {
      const each: Each = argumentCode.each();
      return (input, path, frame, sink) =>
        each(input, frame, (keys) => {
          const value = readPath(input, keys, frame.run);
          let reached: Place = path;
          for (const key of keys as readonly Value[]) reached = extendPath(requirePathTo(reached, key, input), key);
          return sink(value, reached);
        });
    },
  });
  return codeWithPaths;
}

function readPath(input: Value, keys: Value, run: Run): Value {
  return isArray(keys) ? getPath(input, keys, run) : fail("Path must be specified as an array");
}

function errorCode(message: Code, at: number): Code {
  const each = message.each();
  return new Code({
    yields: "option",
    option: (): Option => (input, frame) => {
      each(input, frame, (value) => {
        throw new Failure(value, at);
      });
      return undefined;
    },
  });
}

/** Builtins that choose among results. */
export const selection: MakerTable = {
  "empty/0": () => emptyCode,
  "error/0": (_args, at) => errorCode(identityCode, at),
  "error/1": (args, at) => errorCode(argument(args, 0), at),
  "select/1": (args) => selectCode(argument(args, 0)),
  "map/1": looping((args, at) => arrayCode(pipeCode(iterateCode(identityCode, at), argument(args, 0)))),
  "first/0": (_args, at) => indexCode(identityCode, constantCode(0), false, at),
  "first/1": (args) => firstCode(argument(args, 0)),
  "last/0": (_args, at) => indexCode(identityCode, constantCode(-1), false, at),
  "last/1": looping((args) => lastCode(argument(args, 0))),
  "nth/1": (args, at) => indexCode(identityCode, argument(args, 0), false, at),
  "nth/2": looping(nthMaker),
  "limit/2": looping(limitMaker),
  "skip/2": looping(skipMaker),
  "isempty/1": looping((args) => isEmptyCode(argument(args, 0))),
  "any/0": looping((_args, at) => searchCode(iterateCode(identityCode, at), identityCode, true)),
  "any/1": looping((args, at) => searchCode(iterateCode(identityCode, at), argument(args, 0), true)),
  "any/2": looping((args) => searchCode(argument(args, 0), argument(args, 1), true)),
  "all/0": looping((_args, at) => searchCode(iterateCode(identityCode, at), identityCode, false)),
  "all/1": looping((args, at) => searchCode(iterateCode(identityCode, at), argument(args, 0), false)),
  "all/2": looping((args) => searchCode(argument(args, 0), argument(args, 1), false)),
  "add/0": looping((_args, at) => addCode(iterateCode(identityCode, at), at)),
  "add/1": looping((args, at) => addCode(argument(args, 0), at)),
  "path/1": looping((args) => pathCode(argument(args, 0))),
  "getpath/1": (args, at) => getPathCode(argument(args, 0), at),
};
