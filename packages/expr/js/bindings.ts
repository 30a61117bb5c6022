// Gives the parameters of a function their values, and takes apart what patterns take apart.
import { bytesPerProperty } from "../budget.ts";
import { fail } from "../failure.ts";
import { putValue, type OpenObject } from "../value/value.ts";
import type { Binding, Node, Parameters, Target } from "./ast.ts";
import { member, toList } from "./members.ts";
import type { Code, Frame } from "./scope.ts";
import { isRecord, kindOf, type JsValue } from "./value.ts";

type Bind = (frame: Frame, value: JsValue) => void;

/** Binds the values of a call. `names` are the places of the function's own names. */
export function bindingCode(
  { targets, rest }: Parameters,
  names: readonly string[],
  compile: (node: Node) => Code,
): (frame: Frame, values: readonly JsValue[]) => void {
  const binds = targets.map((target) => targetCode(target, names, compile));
  const bindRest = rest && bindCode(rest, names, compile);
  return (frame, values) => {
    for (let i = 0; i < binds.length; i++) binds[i]?.(frame, values[i]);
    bindRest?.(frame, values.slice(binds.length));
  };
}

function targetCode({ binding, otherwise }: Target, names: readonly string[], compile: (node: Node) => Code): Bind {
  const bind = bindCode(binding, names, compile);
  const code = otherwise && compile(otherwise);
  return code === undefined ? bind : (frame, value) => bind(frame, value === undefined ? code(frame) : value);
}

function bindCode(binding: Binding, names: readonly string[], compile: (node: Node) => Code): Bind {
  if (binding.kind === "name") {
    const slot = names.indexOf(binding.name);
    return ({ locals }, value) => void (locals[slot] = value);
  }
  return binding.kind === "list" ? listCode(binding, names, compile) : recordCode(binding, names, compile);
}

function listCode({ items, rest }: Extract<Binding, { kind: "list" }>, names: readonly string[], compile: (node: Node) => Code): Bind {
  const binds = items.map((target) => target && targetCode(target, names, compile));
  const bindRest = rest && bindCode(rest, names, compile);
  return (frame, value) => {
    const list = toList(frame.run, value);
    binds.forEach((bind, index) => bind?.(frame, list[index]));
    bindRest?.(frame, list.slice(binds.length));
  };
}

function recordCode(
  { entries, rest }: Extract<Binding, { kind: "record" }>,
  names: readonly string[],
  compile: (node: Node) => Code,
): Bind {
  const binds = entries.map(({ key, target }) => ({ key, bind: targetCode(target, names, compile) }));
  const bindRest = rest && bindCode(rest, names, compile);
  const taken = new Set(entries.map(({ key }) => key));
  return (frame, value) => {
    if (value === null || value === undefined) fail(`Cannot take ${kindOf(value)} apart`);
    for (const { key, bind } of binds)
      bind(frame, isRecord(value) ? (Object.hasOwn(value, key) ? value[key] : undefined) : member(frame.run, value, key));
    bindRest?.(frame, remaining(frame, value, taken));
  };
}

function remaining({ run }: Frame, value: JsValue, taken: ReadonlySet<string>): JsValue {
  const rest: OpenObject = {};
  if (!isRecord(value)) return rest as JsValue;
  const keys = Object.keys(value);
  run.work(keys.length);
  run.allocate(bytesPerProperty * keys.length);
  for (const key of keys) if (!taken.has(key)) putValue(rest, key, value[key] as OpenObject[string]);
  return rest as JsValue;
}
