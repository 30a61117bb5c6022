// Syntax trees to closures. Names are resolved here, so that an unknown one is told before anything is evaluated; every
// call and everything built is charged to the run that evaluates.
import { bytesPerElement, bytesPerProperty, levelsPerCall } from "../budget.ts";
import { fail, rethrowAt } from "../failure.ts";
import { type Diagnostic, diagnostic, didYouMean } from "../syntax/diagnostics.ts";
import { ownValue, putValue, type OpenObject } from "../value/value.ts";
import type { Item, Node, Property } from "./ast.ts";
import { bindingCode } from "./bindings.ts";
import { globals, missingGlobals } from "./globals.ts";
import { callMethod, member, toList } from "./members.ts";
import { binaryOperators, isTruthy, numberOperators, toNumber, toText } from "./operators.ts";
import { refuseDoubles } from "./parameters.ts";
import { type Code, type Frame, Scope } from "./scope.ts";
import { isRecord, JsFunction, kindOf, typeOf, type JsValue } from "./value.ts";

/** Stands for the rest of a chain that is left out. It is no value that an expression can see. */
const leftOut = new JsFunction("", undefined);

/** Compiles a tree, and collects what is wrong with its names. */
export class Compiler {
  readonly diagnostics: Diagnostic[] = [];
  readonly freeVariables = new Set<string>();
  readonly #variables: readonly string[];
  #depth = 0;

  /** `variables` are the host's, by slot, without their `$`. */
  constructor(variables: readonly string[]) {
    this.#variables = variables;
  }

  compile(node: Node, scope = new Scope([])): Code {
    this.#depth++;
    const code = this.#compile(node, scope);
    this.#depth--;
    return code;
  }

  #compile(node: Node, scope: Scope): Code {
    switch (node.kind) {
      case "literal":
        return () => node.value;
      case "name":
        return this.#name(node.name, node.at, scope);
      case "template":
        return this.#template(
          node.texts,
          node.values.map((value) => this.compile(value, scope)),
        );
      case "list":
        return itemsCode(this.#items(node.items, scope));
      case "record":
        return recordCode(node.properties.map((property) => this.#property(property, scope)));
      case "arrow":
        return this.#arrow(node, scope);
      case "unary":
        return unaryCode(node.operator, this.compile(node.value, scope), node.at);
      case "binary":
        return this.#binary(node.operator, this.compile(node.left, scope), this.compile(node.right, scope), node.at);
      case "choice": {
        const [condition, then, otherwise] = [node.condition, node.then, node.otherwise].map((part) => this.compile(part, scope)) as [
          Code,
          Code,
          Code,
        ];
        return (frame) => (isTruthy(condition(frame)) ? then(frame) : otherwise(frame));
      }
      case "chain": {
        const value = this.compile(node.value, scope);
        return (frame) => seen(value(frame));
      }
      case "member":
        this.#checkMember(node, scope);
        return memberCode(this.compile(node.object, scope), node.key, this.compile(node.key, scope), node);
      case "call":
        return this.#call(node, scope);
    }
  }

  #name(name: string, at: number, scope: Scope): Code {
    const local = scope.find(name);
    if (local !== undefined) return local;
    if (name === "$") return ({ input }) => input;
    const slot = name.startsWith("$") ? this.#variables.lastIndexOf(name.slice(1)) : -1;
    if (slot >= 0) {
      this.freeVariables.add(name.slice(1));
      return ({ host }) => host[slot];
    }
    if (globals.has(name)) {
      const value = globals.get(name);
      return () => value;
    }
    this.#unknown(name, at, scope);
    return () => undefined;
  }

  #unknown(name: string, at: number, scope: Scope): void {
    const known = [...scope.all(), ...globals.keys(), ...this.#variables.map((variable) => `$${variable}`)];
    const variable = this.#variables.includes(name) ? `Did you mean $${name}?` : undefined;
    const hint = missingGlobals.get(name) ?? variable ?? didYouMean(name, known);
    this.diagnostics.push(diagnostic(`${name} is not defined`, at, at + name.length, hint));
  }

  /** A member of a global that is not there is told before anything is evaluated. */
  #checkMember({ object, key, at }: Extract<Node, { kind: "member" }>, scope: Scope): void {
    if (object.kind !== "name" || key.kind !== "literal" || scope.find(object.name) !== undefined) return;
    const global = globals.get(object.name);
    const name = String(key.value);
    if (!(global instanceof JsFunction) || global.members.has(name)) return;
    const path = `${object.name}.${name}`;
    const hint = missingGlobals.get(path) ?? didYouMean(name, global.members.keys());
    this.diagnostics.push(diagnostic(`${path} is not defined`, at, at + name.length, hint));
  }

  #items(items: readonly Item[], scope: Scope): ItemCode[] {
    return items.map(({ value, spread }) => ({ code: this.compile(value, scope), spread, at: value.at }));
  }

  #property({ key, value }: Property, scope: Scope): PropertyCode {
    return { key: key && this.compile(key, scope), value: this.compile(value, scope), at: value.at };
  }

  #template(texts: readonly string[], values: readonly Code[]): Code {
    return (frame) => {
      let text = texts[0] ?? "";
      values.forEach((value, index) => {
        text += toText(frame.run, value(frame)) + (texts[index + 1] ?? "");
        frame.run.allocate(2 * text.length);
      });
      return text;
    };
  }

  #binary(operator: string, left: Code, right: Code, at: number): Code {
    if (operator === "&&") return (frame) => pick(left(frame), (value) => !isTruthy(value), right, frame);
    if (operator === "||") return (frame) => pick(left(frame), isTruthy, right, frame);
    if (operator === "??") return (frame) => pick(left(frame), (value) => value !== null && value !== undefined, right, frame);
    const operation = binaryOperators.get(operator);
    const ofNumbers = numberOperators.get(operator);
    return (frame) => {
      const [a, b] = [left(frame), right(frame)];
      if (ofNumbers !== undefined && typeof a === "number" && typeof b === "number") return ofNumbers(a, b);
      return placed(at, () => operation?.(frame.run, a, b));
    };
  }

  #arrow(node: Extract<Node, { kind: "arrow" }>, outer: Scope): Code {
    const scope = new Scope(refuseDoubles(node.parameters, node.at), outer);
    const names = scope.all();
    const before = this.#depth;
    const bind = bindingCode(node.parameters, names, (part) => this.compile(part, scope));
    const body = this.compile(node.body, scope);
    const weight = 1 + Math.ceil((levelsOf(node.body) + before) / levelsPerCall);
    return (frame) => {
      return new JsFunction("(anonymous)", (run, values) => {
        run.enter(weight);
        const inner: Frame = { run, input: frame.input, host: frame.host, locals: [], outer: frame };
        bind(inner, values);
        const value = body(inner);
        run.leave(weight);
        return value;
      });
    };
  }

  #call(node: Extract<Node, { kind: "call" }>, scope: Scope): Code {
    const items = itemsCode(this.#items(node.items, scope));
    const { callee, optional, at } = node;
    if (callee.kind !== "member") return callCode(this.compile(callee, scope), items, optional, at);
    this.#checkMember(callee, scope);
    const object = this.compile(callee.object, scope);
    const key = this.compile(callee.key, scope);
    return (frame) => {
      const self = object(frame);
      if (self === leftOut || (callee.optional && isMissing(self))) return leftOut;
      return placed(at, () => callMethod(frame.run, self, key(frame), optional, () => items(frame), leftOut));
    };
  }
}

/** How deep a tree is, roughly: what a call of it takes of the host's stack. */
function levelsOf(node: Node): number {
  switch (node.kind) {
    case "binary":
      return 1 + Math.max(levelsOf(node.left), levelsOf(node.right));
    case "unary":
    case "chain":
      return 1 + levelsOf(node.value);
    case "choice":
      return 1 + Math.max(levelsOf(node.condition), levelsOf(node.then), levelsOf(node.otherwise));
    case "member":
      return 1 + levelsOf(node.object);
    case "call":
      return 1 + Math.max(levelsOf(node.callee), ...node.items.map(({ value }) => levelsOf(value)));
    case "list":
      return 1 + Math.max(0, ...node.items.map(({ value }) => levelsOf(value)));
    case "record":
      return 1 + Math.max(0, ...node.properties.map(({ value }) => levelsOf(value)));
    case "template":
      return 1 + Math.max(0, ...node.values.map(levelsOf));
    default:
      return 1;
  }
}

interface ItemCode {
  readonly code: Code;
  readonly spread: boolean;
  readonly at: number;
}

interface PropertyCode {
  /** Absent: the properties of the value. */
  readonly key: Code | undefined;
  readonly value: Code;
  readonly at: number;
}

/** Says where something failed, unless it is known already. */
function placed<Value>(at: number, action: () => Value): Value {
  try {
    return action();
  } catch (error) {
    return rethrowAt(error, at);
  }
}

function isMissing(value: JsValue): value is null | undefined {
  return value === null || value === undefined;
}

function seen(value: JsValue): JsValue {
  return value === leftOut ? undefined : value;
}

function pick(value: JsValue, isEnough: (value: JsValue) => boolean, otherwise: Code, frame: Frame): JsValue {
  return isEnough(value) ? value : otherwise(frame);
}

function unaryCode(operator: string, value: Code, at: number): Code {
  if (operator === "typeof") return (frame) => typeOf(value(frame));
  if (operator === "!") return (frame) => !isTruthy(value(frame));
  const operation = numeric[operator];
  if (operation === undefined) return (frame) => void value(frame);
  return (frame) => placed(at, () => operation(toNumber(frame.run, value(frame))));
}

const numeric: { readonly [operator: string]: (value: number) => number } = { "-": (x) => -x, "+": (x) => x, "~": (x) => ~x };

function itemsCode(items: readonly ItemCode[]): (frame: Frame) => readonly JsValue[] {
  return (frame) => {
    const list: JsValue[] = [];
    frame.run.allocate(bytesPerElement * items.length);
    for (const { code, spread, at } of items) {
      const value = code(frame);
      if (!spread) list.push(value);
      else for (const item of placed(at, () => toList(frame.run, value))) list.push(item);
    }
    return list;
  };
}

function recordCode(properties: readonly PropertyCode[]): Code {
  return (frame) => {
    const record: OpenObject = {};
    frame.run.allocate(bytesPerProperty * properties.length);
    for (const { key, value, at } of properties) {
      const entry = value(frame);
      if (key !== undefined) putValue(record, toText(frame.run, key(frame)), entry as OpenObject[string]);
      else placed(at, () => spreadInto(frame, record, entry));
    }
    return record as JsValue;
  };
}

function spreadInto({ run }: Frame, record: OpenObject, value: JsValue): void {
  if (isMissing(value) || typeof value === "boolean" || typeof value === "number") return;
  if (!isRecord(value)) fail(`Cannot spread ${kindOf(value)} into an object`);
  const keys = Object.keys(value);
  run.work(keys.length);
  run.allocate(bytesPerProperty * keys.length);
  for (const key of keys) putValue(record, key, ownValue(value as OpenObject, key) as OpenObject[string]);
}

function memberCode(object: Code, written: Node, key: Code, { optional, at }: Extract<Node, { kind: "member" }>): Code {
  const name = written.kind === "literal" ? String(written.value) : undefined;
  return (frame) => {
    const self = object(frame);
    if (name !== undefined && isRecord(self)) return Object.hasOwn(self, name) ? self[name] : undefined;
    if (self === leftOut || (optional && isMissing(self))) return leftOut;
    return placed(at, () => member(frame.run, self, key(frame)));
  };
}

function callCode(callee: Code, items: (frame: Frame) => readonly JsValue[], optional: boolean, at: number): Code {
  return (frame) => {
    const value = callee(frame);
    if (value === leftOut || (optional && isMissing(value))) return leftOut;
    return placed(at, () => {
      if (!(value instanceof JsFunction) || value.invoke === undefined) return fail(`${kindOf(value)} cannot be called`);
      frame.run.step();
      return value.invoke(frame.run, items(frame));
    });
  };
}
