// Assignments: `=`, `|=` and `op=`. Where the left side selects each place once, containers are rebuilt in one pass;
// elsewhere the paths are collected from the original input and replaced one after the other.
import { Editor } from "../value/editor.ts";
import { isTruthy, type Value } from "../value/value.ts";
import { deletePaths, getPath, setPath } from "../value/paths.ts";
import type { Assignment, Operator } from "../syntax/ast.ts";
import { rethrowAt } from "../failure.ts";
import {
  Code,
  type Edit,
  type Frame,
  isSingle,
  type Option,
  pathKeys,
  type Replace,
  type Replacement,
  requirePath,
  unchanged,
} from "./code.ts";
import { append, operationAt } from "./operators.ts";

/** Replaces what the left side selects. */
type Modify = (input: Value, frame: Frame, replace: Replace) => Value;

type Combine = (old: Value, value: Value, frame: Frame) => Value;

/** `LEFT OPERATOR RIGHT` */
export function assignCode(operator: Assignment, left: Code, right: Code, at: number): Code {
  const modify = (): Modify => placed(left.canUpdate ? updateWith(left) : modifyPaths(left), at);
  if (operator === "|=") return modifyCode(left, right, modify, at);
  const combine = combiner(operator, at);
  return new Code({
    yields: right.yields,
    pure: left.pure && right.pure,
    ...(isSingle(right) ? { option: () => assignOption(right.option(), modify(), combine) } : {}),
    ...(left.canUpdate && right.isOne ? { edit: () => assignEdit(operator, left, right, at) } : {}),
    each: () => {
      const values = right.each();
      const run = modify();
      return (input, frame, sink) => values(input, frame, (value) => sink(run(input, frame, (old) => combine(old, value, frame))));
    },
  });
}

function assignOption(right: Option, modify: Modify, combine: Combine): Option {
  return (input, frame) => {
    const value = right(input, frame);
    return value === undefined ? undefined : modify(input, frame, (old) => combine(old, value, frame));
  };
}

function combiner(operator: Exclude<Assignment, "|=">, at: number): Combine {
  if (operator === "=") return (_old, value) => value;
  if (operator === "//=") return (old, value) => (isTruthy(old) ? old : value);
  const operation = operationAt(operator.slice(0, -1) as Operator, at);
  return (old, value, frame) => operation(old, value, frame.run);
}

// The first result of the right side replaces; none deletes.
function modifyCode(left: Code, right: Code, modify: () => Modify, at: number): Code {
  return new Code({
    yields: "one",
    pure: left.pure && right.pure,
    ...(left.canUpdate ? { edit: () => modifyEdit(left, right, at) } : {}),
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
    const result = update(input, frame, replace, new Editor(frame.run, false));
    return result === unchanged ? input : (result ?? null);
  };
}

// As the step of a reduction. A container that was made of the state may hold parts of it, which would then stand in two
// places: after that nothing that the editor has made may be changed any more.
function assignEdit(operator: Exclude<Assignment, "|=">, left: Code, right: Code, at: number): Edit {
  const combine = combiner(operator, at);
  const appends = operator === "+=";
  const update = left.update();
  const one = right.one();
  return placedEdit(at, (state, frame, editor) => {
    const value = one(state, frame);
    if (right.usesInput) editor.handOut(value);
    return update(state, frame, (old) => (appends ? append(old, value, editor) : undefined) ?? combine(old, value, frame), editor);
  });
}

function modifyEdit(left: Code, right: Code, at: number): Edit {
  const update = left.update();
  const first = right.option();
  return placedEdit(at, (state, frame, editor) =>
    update(
      state,
      frame,
      (old) => {
        const item = first(old, frame);
        if (right.usesInput) editor.handOut(item);
        return item;
      },
      editor,
    ),
  );
}

function placedEdit(at: number, edit: (state: Value, frame: Frame, editor: Editor) => Replacement): Edit {
  return (state, frame, editor) => {
    try {
      const result = edit(state, frame, editor);
      return result === unchanged ? state : (result ?? null);
    } catch (error) {
      return rethrowAt(error, at);
    }
  };
}

function modifyPaths(left: Code): Modify {
  const paths = left.paths();
  return (input, frame, replace) => {
    const editor = new Editor(frame.run, true);
    const deleted: Value[] = [];
    let root = input;
    paths(input, undefined, frame, (value, path) => {
      const keys = pathKeys(requirePath(path, value));
      frame.run.work(keys.length + 1);
      const old = getPath(root, keys, frame.run);
      editor.handOut(old);
      const item = replace(old);
      if (item === undefined) deleted.push(keys);
      else if (item !== unchanged) root = setPath(root, keys, item, editor);
      return true;
    });
    return deleted.length === 0 ? root : deletePaths(root, deleted, editor);
  };
}
