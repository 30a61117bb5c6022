// Assignments: `=`, `|=` and `op=`. Where the left side selects each place once, containers are rebuilt in one pass;
// elsewhere the paths are collected from the original input and replaced one after the other.
import { isTruthy, type OpenObject, type Value, type ValueObject } from "../value/value.ts";
import { type Copier, deletePaths, getPath, replaceAt } from "../value/paths.ts";
import type { Assignment, Operator } from "../syntax/ast.ts";
import { rethrowAt } from "../failure.ts";
import { Code, type Frame, isSingle, type Option, pathKeys, type Replace, requirePath, unchanged } from "./code.ts";
import { operationAt } from "./operators.ts";

/** Replaces what the left side selects. */
type Modify = (input: Value, frame: Frame, replace: Replace) => Value;

/** `LEFT OPERATOR RIGHT` */
export function assignCode(operator: Assignment, left: Code, right: Code, at: number): Code {
  const modify = (): Modify => placed(left.canUpdate ? updateWith(left) : modifyPaths(left), at);
  if (operator === "|=") return modifyCode(left, right, modify);
  const combine = combiner(operator, at);
  return new Code({
    yields: right.yields,
    pure: left.pure && right.pure,
    ...(isSingle(right) ? { option: () => assignOption(right.option(), modify(), combine) } : {}),
    each: () => {
      const values = right.each();
      const run = modify();
      return (input, frame, sink) => values(input, frame, (value) => sink(run(input, frame, (old) => combine(old, value, frame))));
    },
  });
}

function assignOption(right: Option, modify: Modify, combine: (old: Value, value: Value, frame: Frame) => Value): Option {
  return (input, frame) => {
    const value = right(input, frame);
    return value === undefined ? undefined : modify(input, frame, (old) => combine(old, value, frame));
  };
}

function combiner(operator: Exclude<Assignment, "|=">, at: number): (old: Value, value: Value, frame: Frame) => Value {
  if (operator === "=") return (_old, value) => value;
  if (operator === "//=") return (old, value) => (isTruthy(old) ? old : value);
  const operation = operationAt(operator.slice(0, -1) as Operator, at);
  return (old, value, frame) => operation(old, value, frame.run);
}

// The first result of the right side replaces; none deletes.
function modifyCode(left: Code, right: Code, modify: () => Modify): Code {
  return new Code({
    yields: "one",
    pure: left.pure && right.pure,
    one: () => {
      const run = modify();
      const first = right.option();
      return (input, frame) => run(input, frame, (old) => first(old, frame));
    },
  });
}

function placed(modify: Modify, at: number): Modify {
  return (input, frame, replace) => {
    try {
      return modify(input, frame, replace);
    } catch (error) {
      return rethrowAt(error, at);
    }
  };
}

function updateWith(left: Code): Modify {
  const update = left.update();
  return (input, frame, replace) => {
    const result = update(input, frame, replace);
    return result === unchanged ? input : (result ?? null);
  };
}

function modifyPaths(left: Code): Modify {
  const paths = left.paths();
  return (input, frame, replace) => {
    const editor = new Editor();
    const deleted: Value[] = [];
    let root = input;
    paths(input, undefined, frame, (value, path) => {
      const keys = pathKeys(requirePath(path, value));
      frame.run.work(keys.length + 1);
      const old = getPath(root, keys);
      editor.handOut(old);
      const item = replace(old);
      if (item === undefined) deleted.push(keys);
      else if (item !== unchanged) root = replaceAt(root, keys, 0, () => item, editor);
      return true;
    });
    return deleted.length === 0 ? root : deletePaths(root, deleted);
  };
}

/** Copies each container at most once, as long as nobody else has seen the copy. */
class Editor implements Copier {
  readonly #own = new Set<object>();

  /** A value leaves the editor: its copies may now be seen from outside. */
  handOut(value: Value): void {
    if (typeof value === "object" && value !== null) this.#own.clear();
  }

  array(items: readonly Value[]): Value[] {
    if (this.#own.has(items)) return items as Value[];
    const copy = items.slice();
    this.#own.add(copy);
    return copy;
  }

  object(object: ValueObject): OpenObject {
    if (this.#own.has(object)) return object;
    const copy = { ...object };
    this.#own.add(copy);
    return copy;
  }
}
