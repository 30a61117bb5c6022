// Builtins that repeat: `range`, `recurse`, `until`, `while`, `repeat`. Where one result leads to the next they are
// loops, however long; where there are several, they nest and count against the depth budget.
import { constantCode, emptyCode, identityCode } from "../code/basic.ts";
import { ifCode, selectCode } from "../code/choice.ts";
import { Code, type Frame, isSingle, type Paths, type PathSink, type Place, type Sink } from "../code/code.ts";
import { recurseCode } from "../code/iterate.ts";
import { pipeCode } from "../code/pipe.ts";
import { fail } from "../failure.ts";
import { isNumber, isTruthy, toDouble, type Value } from "../value/value.ts";
import { argument, looping, type Maker, type MakerTable, withValue } from "./maker.ts";

function rangeCode(from: Code, upto: Code, by: Code): Code {
  return new Code({
    yields: "many",
    pure: from.pure && upto.pure && by.pure,
    each: () => {
      const [starts, ends, steps] = [from.one(), upto.one(), by.one()];
      return (input, frame, sink) => {
        const [start, end, step] = [bound(starts(input, frame)), bound(ends(input, frame)), bound(steps(input, frame))];
        for (let value = start; step > 0 ? value < end : step < 0 && value > end; value += step) {
          frame.run.step();
          if (!sink(value)) return false;
        }
        return true;
      };
    },
    push: () => {
      const [starts, ends, steps] = [from.one(), upto.one(), by.one()];
      return (input, frame, out) => {
        const [start, end, step] = [bound(starts(input, frame)), bound(ends(input, frame)), bound(steps(input, frame))];
        for (let value = start; step > 0 ? value < end : step < 0 && value > end; value += step) {
          frame.run.step();
          out.push(value);
        }
      };
    },
  });
}

function bound(value: Value): number {
  return isNumber(value) ? toDouble(value) : fail("Range bounds must be numeric");
}

const rangeMaker: Maker = (args, _at, slot) => {
  const [a, b, c] = args;
  const one = constantCode(1);
  if (!b) return withValue(argument(args, 0), slot, (upto) => rangeCode(constantCode(0), upto, one));
  return withValue(a as Code, slot, (from) =>
    withValue(b, slot, (upto) => (c ? withValue(c, slot, (by) => rangeCode(from, upto, by)) : rangeCode(from, upto, one))),
  );
};

/** Runs `next` on the input, on its results, on theirs and so on; `visit` comes before each descent. */
function recurseWith(next: Code): Code {
  if (isSingle(next)) return chainOf(next);
  return new Code({
    yields: "many",
    each: () => {
      const nexts = next.each();
      const visit = (value: Value, frame: Frame, sink: Sink): boolean => {
        frame.run.enter(1);
        const going = sink(value) && nexts(value, frame, (inner) => visit(inner, frame, sink));
        frame.run.leave(1);
        return going;
      };
      return (input, frame, sink) => visit(input, frame, sink);
    },
    paths: () => recursePaths(next),
  });
}

// With one result at a time there is nothing to come back to: a loop, however long.
function chainOf(next: Code): Code {
  return new Code({
    yields: "many",
    pure: next.pure,
    each: () => {
      const step = next.option();
      return (input, frame, sink) => {
        for (let value: Value | undefined = input; value !== undefined; value = step(value, frame)) {
          frame.run.step();
          if (!sink(value)) return false;
        }
        return true;
      };
    },
    paths: () => recursePaths(next),
  });
}

function recursePaths(next: Code): Paths {
  const nexts = next.paths();
  const visit = (value: Value, path: Place, frame: Frame, sink: PathSink): boolean => {
    frame.run.enter(1);
    const going = sink(value, path) && nexts(value, path, frame, (inner, reached) => visit(inner, reached, frame, sink));
    frame.run.leave(1);
    return going;
  };
  return (input, path, frame, sink) => visit(input, path, frame, sink);
}

function untilCode(condition: Code, next: Code): Code {
  if (!condition.isOne || !isSingle(next)) return untilMany(condition, next);
  return new Code({
    yields: next.yields,
    pure: condition.pure && next.pure,
    option: () => {
      const test = condition.one();
      const step = next.option();
      return (input, frame) => {
        let value: Value | undefined = input;
        while (value !== undefined && !isTruthy(test(value, frame))) {
          frame.run.step();
          value = step(value, frame);
        }
        return value;
      };
    },
    paths: () => untilMany(condition, next).paths(),
  });
}

function untilMany(condition: Code, next: Code): Code {
  return new Code({
    yields: "many",
    each: () => {
      const tests = condition.each();
      const nexts = next.each();
      const visit = (value: Value, frame: Frame, sink: Sink): boolean => {
        frame.run.enter(1);
        const going = tests(value, frame, (test) =>
          isTruthy(test) ? sink(value) : nexts(value, frame, (inner) => visit(inner, frame, sink)),
        );
        frame.run.leave(1);
        return going;
      };
      return (input, frame, sink) => visit(input, frame, sink);
    },
    paths: () => {
      const tests = condition.each();
      const nexts = next.paths();
      const visit = (value: Value, path: Place, frame: Frame, sink: PathSink): boolean => {
        frame.run.enter(1);
        const going = tests(value, frame, (test) =>
          isTruthy(test) ? sink(value, path) : nexts(value, path, frame, (inner, reached) => visit(inner, reached, frame, sink)),
        );
        frame.run.leave(1);
        return going;
      };
      return (input, path, frame, sink) => visit(input, path, frame, sink);
    },
  });
}

// `def repeat(f): def r: f, r; r`: the same input over and over, until an error or until enough have been taken.
function repeatCode(body: Code): Code {
  return new Code({
    yields: "many",
    each: () => {
      const each = body.each();
      return (input, frame, sink) => {
        for (;;) {
          frame.run.step();
          if (!each(input, frame, sink)) return false;
        }
      };
    },
    paths: () => {
      const paths = body.paths();
      return (input, path, frame, sink) => {
        for (;;) {
          frame.run.step();
          if (!paths(input, path, frame, sink)) return false;
        }
      };
    },
  });
}

// `def while(cond; f): def w: if cond then ., (f | w) else empty end; w`
function whileCode(condition: Code, next: Code, at: number): Code {
  const held = ifCode(condition, identityCode, emptyCode);
  return pipeCode(held, recurseWith(pipeCode(next, held)).loopAt(at));
}

/** Builtins that repeat. */
export const repetition: MakerTable = {
  "recurse/0": looping(() => recurseCode),
  "recurse/1": looping((args) => recurseWith(argument(args, 0))),
  "recurse/2": looping((args) => recurseWith(pipeCode(argument(args, 0), selectCode(argument(args, 1))))),
  "range/1": looping(rangeMaker),
  "range/2": looping(rangeMaker),
  "range/3": looping(rangeMaker),
  "until/2": looping((args) => untilCode(argument(args, 0), argument(args, 1))),
  "while/2": (args, at) => whileCode(argument(args, 0), argument(args, 1), at),
  "repeat/1": looping((args) => repeatCode(argument(args, 0))),
};
