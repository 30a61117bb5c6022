// Binary operators. With one value on each side they are a function of two values; the fast cases of numbers and
// strings stand in the closures themselves, and constants are unpacked when compiled.
import { bytesPerElement, bytesPerProperty, type Run } from "../budget.ts";
import { Failure, BudgetEnd, rethrowAt } from "../failure.ts";
import type { Operator } from "../syntax/ast.ts";
import { add, divide, multiply, negate, remainder, subtract } from "../value/arithmetic.ts";
import type { Editor } from "../value/editor.ts";
import { compareValues, valuesEqual } from "../value/compare.ts";
import { isArray, isObject, NumberLiteral, type OpenObject, putValue, type Value, type ValueObject } from "../value/value.ts";
import { constantCode, folded, identityCode } from "./basic.ts";
import { Code, type Edit, isSingle, mostYields, type One } from "./code.ts";
import { eachOfTwo, optionOfTwo } from "./subscript.ts";

/** An operator as a function of its two operands. */
export type Operation = (a: Value, b: Value, run: Run) => Value;

const operations: { readonly [K in Operator]: Operation } = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "%": remainder,
  "==": valuesEqual,
  "!=": (a, b, run) => !valuesEqual(a, b, run),
  "<": (a, b, run) => compareValues(a, b, run) < 0,
  "<=": (a, b, run) => compareValues(a, b, run) <= 0,
  ">": (a, b, run) => compareValues(a, b, run) > 0,
  ">=": (a, b, run) => compareValues(a, b, run) >= 0,
};

/** The operator as a function that places its errors. */
export function operationAt(operator: Operator, at: number): Operation {
  const operation = operations[operator];
  return (a, b, run) => {
    try {
      return operation(a, b, run);
    } catch (error) {
      if (error instanceof Failure || error instanceof BudgetEnd) rethrowAt(error, at);
      throw error;
    }
  };
}

/** `LEFT OPERATOR RIGHT`: the right side runs in the outer loop. */
export function binaryCode(operator: Operator, left: Code, right: Code, at: number): Code {
  const operation = operationAt(operator, at);
  const [a, b] = operator.length === 1 && "+-*/%".includes(operator) ? [asDouble(left), asDouble(right)] : [left, right];
  const yields = mostYields(a.yields, b.yields);
  const combine = (second: Value, first: Value, frame: Parameters<One>[1]): Value => operation(first, second, frame.run);
  const code = new Code({
    yields,
    pure: a.pure && b.pure,
    usesInput: a.usesInput || b.usesInput,
    ...(operator === "+" && a === identityCode && b.isOne ? { edit: () => appendEdit(b, operation) } : {}),
    ...(yields === "one" ? { one: () => operatorOne(operator, a, b, operation) } : {}),
    ...(isSingle(a) && isSingle(b) ? { option: () => optionOfTwo(b.option(), a.option(), combine) } : {}),
    each: () => eachOfTwo(b, a, combine),
  });
  return folded(code, [a, b]);
}

// `. + RIGHT` as the step of a reduction: what is added goes into the state itself.
function appendEdit(right: Code, operation: Operation): Edit {
  const one = right.one();
  return (state, frame, editor) => {
    const addition = one(state, frame);
    // What was made of the state may hold parts of it, which would then stand in two places.
    if (right.usesInput) editor.handOut(addition);
    return append(state, addition, editor) ?? operation(state, addition, frame.run);
  };
}

/** Adds to an array or an object in place, where the editor owns it; undefined where they are something else. */
export function append(target: Value, addition: Value, editor: Editor): Value | undefined {
  if (isArray(target) && isArray(addition)) return pushAll(editor.array(target), addition, editor.run);
  return isObject(target) && isObject(addition) ? putAll(editor.object(target), addition, editor.run) : undefined;
}

function pushAll(items: Value[], addition: readonly Value[], run: Run): Value {
  run.allocate(addition.length * bytesPerElement);
  for (const item of addition) items.push(item);
  return items;
}

function putAll(object: OpenObject, addition: ValueObject, run: Run): Value {
  const keys = Object.keys(addition);
  run.allocate(keys.length * bytesPerProperty);
  for (const key of keys) putValue(object, key, addition[key] as Value);
  return object;
}

// Arithmetic works on doubles, so a literal operand may as well be one from the start.
function asDouble(code: Code): Code {
  return code.constant instanceof NumberLiteral ? constantCode(code.constant.value) : code;
}

function operatorOne(operator: Operator, left: Code, right: Code, operation: Operation): One {
  if (right.constant !== undefined) return withConstant(operator, left.one(), right.constant, operation);
  return fastOperators[operator](left.one(), right.one(), operation);
}

// The right operand is a constant: one closure call less, and its type is known.
function withConstant(operator: Operator, left: One, constant: Value, operation: Operation): One {
  if (typeof constant === "number" && !Number.isNaN(constant)) return withNumber(operator, left, constant, operation);
  if (typeof constant === "string" && operator === "==") return (input, frame) => left(input, frame) === constant;
  if (typeof constant === "string" && operator === "!=") return (input, frame) => left(input, frame) !== constant;
  if (constant === null || typeof constant === "boolean") {
    if (operator === "==") return (input, frame) => left(input, frame) === constant;
    if (operator === "!=") return (input, frame) => left(input, frame) !== constant;
  }
  return (input, frame) => operation(left(input, frame), constant, frame.run);
}

function withNumber(operator: Operator, left: One, constant: number, operation: Operation): One {
  const slow = (value: Value, frame: Parameters<One>[1]): Value => operation(value, constant, frame.run);
  const fast = (quick: (value: number) => Value): One => {
    return (input, frame) => {
      const value = left(input, frame);
      return typeof value === "number" && value === value ? quick(value) : slow(value, frame);
    };
  };
  switch (operator) {
    case ">":
      return fast((value) => value > constant);
    case "<":
      return fast((value) => value < constant);
    case ">=":
      return fast((value) => value >= constant);
    case "<=":
      return fast((value) => value <= constant);
    case "==":
      return fast((value) => value === constant);
    case "!=":
      return fast((value) => value !== constant);
    default:
      return (input, frame) => operation(left(input, frame), constant, frame.run);
  }
}

type FastOperator = (left: One, right: One, operation: Operation) => One;

// Operands run right before left, as jq does.
const fastOperators: { readonly [K in Operator]: FastOperator } = {
  "+": (left, right, operation) => (input, frame) => {
    const b = right(input, frame);
    const a = left(input, frame);
    return typeof a === "number" && typeof b === "number" ? a + b : operation(a, b, frame.run);
  },
  "-": (left, right, operation) => (input, frame) => {
    const b = right(input, frame);
    const a = left(input, frame);
    return typeof a === "number" && typeof b === "number" ? a - b : operation(a, b, frame.run);
  },
  "*": (left, right, operation) => (input, frame) => {
    const b = right(input, frame);
    const a = left(input, frame);
    return typeof a === "number" && typeof b === "number" ? a * b : operation(a, b, frame.run);
  },
  "/": (left, right, operation) => (input, frame) => {
    const b = right(input, frame);
    const a = left(input, frame);
    return typeof a === "number" && typeof b === "number" && b !== 0 ? a / b : operation(a, b, frame.run);
  },
  "%": (left, right, operation) => (input, frame) => {
    const b = right(input, frame);
    return operation(left(input, frame), b, frame.run);
  },
  "==": (left, right, operation) => (input, frame) => {
    const b = right(input, frame);
    const a = left(input, frame);
    return typeof a === "string" ? a === b : operation(a, b, frame.run);
  },
  "!=": (left, right, operation) => (input, frame) => {
    const b = right(input, frame);
    const a = left(input, frame);
    return typeof a === "string" ? a !== b : operation(a, b, frame.run);
  },
  "<": (left, right, operation) => ordered(left, right, operation, (a, b) => a < b),
  "<=": (left, right, operation) => ordered(left, right, operation, (a, b) => a <= b),
  ">": (left, right, operation) => ordered(left, right, operation, (a, b) => a > b),
  ">=": (left, right, operation) => ordered(left, right, operation, (a, b) => a >= b),
};

function ordered(left: One, right: One, operation: Operation, quick: (a: number, b: number) => boolean): One {
  return (input, frame) => {
    const b = right(input, frame);
    const a = left(input, frame);
    if (typeof a === "number" && typeof b === "number" && a === a && b === b) return quick(a, b);
    return operation(a, b, frame.run);
  };
}

/** `-BODY` */
export function negateCode(body: Code, at: number): Code {
  const apply = (value: Value): Value => {
    try {
      return negate(value);
    } catch (error) {
      return rethrowAt(error, at);
    }
  };
  return folded(mapCode(body, apply), [body]);
}

/** Applies a pure function to every result of `body`. */
export function mapCode(body: Code, apply: (value: Value, run: Run) => Value): Code {
  return new Code({
    yields: body.yields,
    pure: body.pure,
    usesInput: body.usesInput,
    ...(body.isOne ? { one: () => mapOne(body.one(), apply) } : {}),
    ...(isSingle(body) ? { option: () => mapOption(body, apply) } : {}),
    each: () => {
      const each = body.each();
      return (input, frame, sink) => each(input, frame, (value) => sink(apply(value, frame.run)));
    },
  });
}

function mapOne(body: One, apply: (value: Value, run: Run) => Value): One {
  return (input, frame) => apply(body(input, frame), frame.run);
}

function mapOption(body: Code, apply: (value: Value, run: Run) => Value) {
  const option = body.option();
  return (input: Value, frame: Parameters<One>[1]): Value | undefined => {
    const value = option(input, frame);
    return value === undefined ? undefined : apply(value, frame.run);
  };
}
