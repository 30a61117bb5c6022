// `.a.b.c`: the access that flows use most. A chain is one closure, unrolled where it is short.
import { fieldOf } from "../value/access.ts";
import type { Editor } from "../value/editor.ts";
import { deleteKey, setKey } from "../value/paths.ts";
import { isObject, type Value } from "../value/value.ts";
import {
  Code,
  extendPath,
  type One,
  type Option,
  type Paths,
  type Replace,
  type Replacement,
  requirePathTo,
  unchanged,
  type Update,
} from "./code.ts";

/** A chain of field accesses from the input. */
export function fieldsCode(fields: readonly string[], at: number): Code {
  return new Code({
    yields: "one",
    pure: true,
    at,
    fields,
    one: () => readFields(fields, at),
    paths: () => pathFields(fields, at),
    update: () => updateFields(fields, at),
  });
}

function readFields(fields: readonly string[], at: number): One {
  const [a = "", b = "", c = ""] = fields;
  switch (fields.length) {
    case 0:
      return (input) => input;
    case 1:
      return (input) => fieldOf(input, a, at);
    case 2:
      return (input) => fieldOf(fieldOf(input, a, at), b, at);
    case 3:
      return (input) => fieldOf(fieldOf(fieldOf(input, a, at), b, at), c, at);
    default:
      return (input) => {
        let value = input;
        for (const field of fields) value = fieldOf(value, field, at);
        return value;
      };
  }
}

function pathFields(fields: readonly string[], at: number): Paths {
  return (input, path, _frame, sink) => {
    let value = input;
    let reached = path;
    for (const field of fields) {
      reached = extendPath(requirePathTo(reached, field, value), field);
      value = fieldOf(value, field, at);
    }
    return sink(value, reached);
  };
}

function updateFields(fields: readonly string[], at: number): Update {
  const replaceFrom = (value: Value, from: number, replace: Replace, editor: Editor): Replacement => {
    if (from === fields.length) return replace(value);
    const field = fields[from] as string;
    const item = replaceFrom(fieldOf(value, field, at), from + 1, replace, editor);
    return replaceUnder(value, field, item, editor);
  };
  return (input, _frame, replace, editor) => replaceFrom(input, 0, replace, editor);
}

/** The container with the replacement of what is under `key`. */
export function replaceUnder(container: Value, key: Value, item: Replacement, editor: Editor): Replacement {
  if (item === unchanged) return unchanged;
  if (item !== undefined) return setKey(container, key, item, editor);
  // Deleting below what is missing changes nothing, and must not create what is missing.
  return container === null ? unchanged : deleteKey(container, key, editor);
}

/** `.key?`: nothing where the value has no fields. */
export function optionalFieldCode(key: string): Code {
  const read: Option = (input) => (input === null || isObject(input) ? fieldOf(input, key) : undefined);
  return new Code({
    yields: "option",
    pure: true,
    option: () => read,
    paths: () => (input, path, frame, sink) => {
      const reached = extendPath(requirePathTo(path, key, input), key);
      const value = read(input, frame);
      return value === undefined || sink(value, reached);
    },
  });
}
