// `LEFT | RIGHT` and `LEFT, RIGHT`: how results flow from one part to the next.
import type { Value } from "../value/value.ts";
import { constantCode, foldedOn, emptyCode, identityCode } from "./basic.ts";
import {
  Code,
  type Each,
  type Edit,
  isSingle,
  mostYields,
  type One,
  type Option,
  type Paths,
  type Push,
  type TailEach,
  type Update,
  type Yields,
} from "./code.ts";
import { fieldsCode } from "./fields.ts";
import { iteratePush } from "./iterate.ts";

/** `LEFT | RIGHT` */
export function pipeCode(left: Code, right: Code): Code {
  if (left === identityCode) return right;
  if (right === identityCode || left === emptyCode) return left;
  // A pipe leans to the right, so that what iterates stands on the left of all that is done to each item.
  if (left.sides) return pipeCode(left.sides[0], pipeCode(left.sides[1], right));
  if (left.fields && right.fields) return fieldsCode([...left.fields, ...right.fields], left.at);
  const folded = left.constant === undefined ? undefined : foldedOn(right, left.constant);
  // Where a path is wanted, the error must still say which step had none.
  if (folded) return constantCode(folded.constant ?? null, () => pipePaths(left, right));
  const yields = mostYields(left.yields, right.yields);
  return new Code({
    yields,
    pure: left.pure && right.pure,
    usesInput: left.usesInput && right.usesInput,
    sides: [left, right],
    ...singleShapes(yields, left, right),
    each: () => pipeEach(left, right),
    ...(isSingle(left) ? { tail: () => pipeTail(left.option(), right.tail()) } : {}),
    push: () => pipePush(left, right),
    paths: () => pipePaths(left, right),
    ...(left.canUpdate && right.canUpdate ? { update: () => pipeUpdate(left, right) } : {}),
    ...(left.canEdit && right.canEdit ? { edit: () => pipeEdit(left.edit(), right.edit()) } : {}),
  });
}

function singleShapes(yields: Yields, left: Code, right: Code): { one?: () => One; option?: () => Option } {
  if (yields === "one") return { one: () => pipeOne(left.one(), right.one()) };
  return yields === "option" ? { option: () => pipeOption(left.option(), right.option()) } : {};
}

function pipeOne(first: One, second: One): One {
  return (input, frame) => second(first(input, frame), frame);
}

function pipeOption(first: Option, second: Option): Option {
  return (input, frame) => {
    const value = first(input, frame);
    return value === undefined ? undefined : second(value, frame);
  };
}

function pipeEach(left: Code, right: Code): Each {
  if (isSingle(left)) {
    const first = left.option();
    const second = right.each();
    return (input, frame, sink) => {
      const value = first(input, frame);
      return value === undefined || second(value, frame, sink);
    };
  }
  const first = left.each();
  if (isSingle(right)) {
    const second = right.option();
    return (input, frame, sink) =>
      first(input, frame, (value) => {
        const result = second(value, frame);
        return result === undefined || sink(result);
      });
  }
  const second = right.each();
  return (input, frame, sink) => first(input, frame, (value) => second(value, frame, sink));
}

function pipeTail(first: Option, second: TailEach): TailEach {
  return (input, frame, sink) => {
    const value = first(input, frame);
    return value === undefined || second(value, frame, sink);
  };
}

function pipePush(left: Code, right: Code): Push {
  if (left.iterated) return iteratePush(left.iterated, right, left.at);
  const second = right.push();
  if (isSingle(left)) {
    const first = left.option();
    return (input, frame, out) => {
      const value = first(input, frame);
      if (value !== undefined) second(value, frame, out);
    };
  }
  const first = left.each();
  return (input, frame, out) => {
    first(input, frame, (value) => {
      second(value, frame, out);
      return true;
    });
  };
}

function pipePaths(left: Code, right: Code): Paths {
  const first = left.paths();
  const second = right.paths();
  return (input, path, frame, sink) => first(input, path, frame, (value, reached) => second(value, reached, frame, sink));
}

function pipeUpdate(left: Code, right: Code): Update {
  const first = left.update();
  const second = right.update();
  return (input, frame, replace, editor) => first(input, frame, (value: Value) => second(value, frame, replace, editor), editor);
}

function pipeEdit(first: Edit, second: Edit): Edit {
  return (state, frame, editor) => second(first(state, frame, editor), frame, editor);
}

/** `A, B, C` */
export function commaCode(items: readonly Code[]): Code {
  return new Code({
    yields: "many",
    pure: items.every((item) => item.pure),
    each: () => {
      const eachItem = items.map((item) => item.each());
      return (input, frame, sink) => {
        for (const each of eachItem) if (!each(input, frame, sink)) return false;
        return true;
      };
    },
    tail: () => commaTail(items),
    push: () => {
      const pushes = items.map((item) => item.push());
      return (input, frame, out) => {
        for (const push of pushes) push(input, frame, out);
      };
    },
    paths: () => {
      const paths = items.map((item) => item.paths());
      return (input, path, frame, sink) => {
        for (const each of paths) if (!each(input, path, frame, sink)) return false;
        return true;
      };
    },
  });
}

function commaTail(items: readonly Code[]): TailEach {
  const before = items.slice(0, -1).map((item) => item.each());
  const last = (items.at(-1) ?? emptyCode).tail();
  return (input, frame, sink) => {
    for (const each of before) if (!each(input, frame, sink)) return false;
    return last(input, frame, sink);
  };
}
