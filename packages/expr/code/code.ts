// Compiled code: a tree of `Code`, each of which can be turned into closures of several shapes. Which shape runs is
// decided when the surrounding code is compiled, so that nothing is decided while an expression runs:
//
//   one    yields its one result by returning it                        (only where `yields` is "one")
//   option returns its result, or undefined for none                    (where `yields` is "one" or "option")
//   each   calls a sink with every result; the sink's `false` stops it  (always)
//   tail   as `each`, handing back a call in last position       (always)
//   push   appends every result to an array                             (always)
//   paths  as `each`, with the path of every result                     (always; an error if it yields no path)
//   update replaces what it selects, in place of paths                  (where each place is selected once)
//   edit   as `one`, for the steps of a reduction: changes its input    (assignments, appending, pipes of them)
//
// Shapes are made on demand and kept.
import { endAt, fail } from "../failure.ts";
import type { Run } from "../budget.ts";
import type { Editor } from "../value/editor.ts";
import type { Value } from "../value/value.ts";
import { truncatedText } from "../value/describe.ts";

/** How many results code can have: exactly one, at most one, any number. */
export type Yields = "one" | "option" | "many";

/** One activation of a function: its variables, the filters it was given, and the activation around its definition. */
export class Frame {
  readonly run: Run;
  readonly up: Frame | undefined;
  readonly slots: Value[];
  readonly filters: readonly Filter[];

  constructor(run: Run, up: Frame | undefined, slots: Value[], filters: readonly Filter[]) {
    this.run = run;
    this.up = up;
    this.slots = slots;
    this.filters = filters;
  }
}

/** A filter passed to a function: the code, and the activation that it was written in. */
export interface Filter {
  readonly code: Code;
  readonly frame: Frame;
  /** What one run of it counts against the depth budget. */
  readonly weight: number;
}

/** A path from the input to a value, last key first; undefined is the input itself. */
export type Path = PathStep | undefined;

/** One key of a path, after those before it. */
export interface PathStep {
  readonly before: Path;
  readonly key: Value;
}

/** A call that its caller's caller is to make. */
export class TailCall {
  readonly body: TailEach;
  readonly input: Value;
  readonly frame: Frame;

  constructor(body: TailEach, input: Value, frame: Frame) {
    this.body = body;
    this.input = input;
    this.frame = frame;
  }
}

/** Where a value without a path came from: the last value that had one. If they are the same, so is the path. */
export class Detached {
  readonly path: Path;
  readonly value: Value;

  constructor(path: Path, value: Value) {
    this.path = path;
    this.value = value;
  }
}

/** A path, or what is known of a value that has none. */
export type Place = Path | Detached;

export type One = (input: Value, frame: Frame) => Value;
export type Option = (input: Value, frame: Frame) => Value | undefined;
export type Sink = (value: Value) => boolean;
export type Each = (input: Value, frame: Frame, sink: Sink) => boolean;
/** As `Each`, but a call in last position may be handed back instead of made, so that loops do not nest. */
export type TailEach = (input: Value, frame: Frame, sink: Sink) => boolean | TailCall;
export type Push = (input: Value, frame: Frame, out: Value[]) => void;
export type PathSink = (value: Value, path: Place) => boolean;
export type Paths = (input: Value, path: Place, frame: Frame, sink: PathSink) => boolean;
/** Says that nothing was selected, so that nothing is created on the way to it either. */
export const unchanged: unique symbol = Symbol("unchanged");
/** What becomes of a value: another value, nothing at all (it is deleted), or itself. */
export type Replacement = Value | undefined | typeof unchanged;
export type Replace = (value: Value) => Replacement;
export type Update = (input: Value, frame: Frame, replace: Replace, editor: Editor) => Replacement;
/** The next state of a reduction, made by changing copies that the editor keeps. */
export type Edit = (state: Value, frame: Frame, editor: Editor) => Value;

/** What a kind of code has to say about itself. */
export interface CodeParts {
  readonly yields: Yields;
  /** True if the results depend on the input alone and there are no effects. */
  readonly pure?: boolean;
  readonly constant?: Value;
  /** Where it stands in the source. */
  readonly at?: number;
  /** True if it repeats what it holds: a budget that ends in it ended there. */
  readonly loops?: boolean;
  readonly one?: () => One;
  readonly option?: () => Option;
  readonly each?: () => Each;
  readonly tail?: () => TailEach;
  readonly push?: () => Push;
  readonly paths?: () => Paths;
  readonly update?: () => Update;
  readonly edit?: () => Edit;
  /** False if the results are the same for every input. */
  readonly usesInput?: boolean;
  /** Set where the code is a chain of field accesses from its input. */
  readonly fields?: readonly string[];
  /** Set where the code is `TARGET[]`. */
  readonly iterated?: Code;
  /** Set where the code is `select(CONDITION)`. */
  readonly condition?: Code;
  /** Set where the code is a pipe: its two sides. */
  readonly sides?: readonly [Code, Code];
}

/** A compiled part of an expression. */
export class Code {
  readonly yields: Yields;
  readonly pure: boolean;
  readonly constant: Value | undefined;
  readonly at: number;
  readonly usesInput: boolean;
  readonly fields: readonly string[] | undefined;
  readonly iterated: Code | undefined;
  readonly condition: Code | undefined;
  readonly sides: readonly [Code, Code] | undefined;
  readonly #parts: CodeParts;
  #one: One | undefined;
  #option: Option | undefined;
  #each: Each | undefined;
  #tail: TailEach | undefined;
  #push: Push | undefined;
  #paths: Paths | undefined;
  #update: Update | undefined;

  constructor(parts: CodeParts) {
    this.yields = parts.yields;
    this.pure = parts.pure ?? false;
    this.constant = parts.constant;
    this.usesInput = parts.usesInput ?? parts.constant === undefined;
    this.at = parts.at ?? -1;
    this.fields = parts.fields;
    this.iterated = parts.iterated;
    this.condition = parts.condition;
    this.sides = parts.sides;
    this.#parts = parts;
  }

  get isOne(): boolean {
    return this.yields === "one";
  }

  /** True where each selected place is selected once, whatever else is replaced. */
  get canUpdate(): boolean {
    return this.#parts.update !== undefined;
  }

  /** True where it can be the step of a reduction that changes its state in place. */
  get canEdit(): boolean {
    return this.#parts.edit !== undefined;
  }

  /** As `one`, changing its input in place where the editor allows it. */
  edit(): Edit {
    return this.#parts.edit?.() ?? fail("this code cannot edit its input");
  }

  one(): One {
    return (this.#one ??= this.#placed(this.#parts.one?.()) ?? (this.option() as One));
  }

  option(): Option {
    return (this.#option ??= this.#placed(this.#parts.option?.() ?? this.#parts.one?.()) ?? optionFromEach(this.each()));
  }

  each(): Each {
    return (this.#each ??= this.#placedTo(this.#parts.each?.()) ?? this.#derivedEach());
  }

  /** As `each`, for the last position of a function's body. */
  tail(): TailEach {
    return (this.#tail ??= this.#parts.tail?.() ?? this.each());
  }

  push(): Push {
    return (this.#push ??= this.#placedTo(this.#parts.push?.()) ?? this.#derivedPush());
  }

  paths(): Paths {
    return (this.#paths ??= this.#parts.paths?.() ?? valuesWithoutPath(this.each()));
  }

  update(): Update {
    return (this.#update ??= this.#parts.update?.() ?? fail("this code cannot update in place"));
  }

  /** The same code, at a place: a budget that ends in it, and in nothing inside it that has a place, ended there. */
  loopAt(at: number): Code {
    return this.constant === undefined ? new Code({ ...this.#parts, at, loops: true }) : this;
  }

  #placed<Result>(shape: ((input: Value, frame: Frame) => Result) | undefined): ((input: Value, frame: Frame) => Result) | undefined {
    if (shape === undefined || this.#parts.loops !== true) return shape;
    const { at } = this;
    return (input, frame) => {
      try {
        return shape(input, frame);
      } catch (error) {
        return endAt(error, at);
      }
    };
  }

  #placedTo<Target, Result>(
    shape: ((input: Value, frame: Frame, target: Target) => Result) | undefined,
  ): ((input: Value, frame: Frame, target: Target) => Result) | undefined {
    if (shape === undefined || this.#parts.loops !== true) return shape;
    const { at } = this;
    return (input, frame, target) => {
      try {
        return shape(input, frame, target);
      } catch (error) {
        return endAt(error, at);
      }
    };
  }

  #derivedEach(): Each {
    if (this.isOne) {
      const one = this.one();
      return (input, frame, sink) => sink(one(input, frame));
    }
    if (this.#parts.option === undefined) throw new Error("Expected code to have a shape, but it has none.");
    const option = this.option();
    return (input, frame, sink) => {
      const value = option(input, frame);
      return value === undefined || sink(value);
    };
  }

  #derivedPush(): Push {
    if (this.isOne) {
      const one = this.one();
      return (input, frame, out) => {
        out.push(one(input, frame));
      };
    }
    if (this.#parts.option !== undefined) {
      const option = this.option();
      return (input, frame, out) => {
        const value = option(input, frame);
        if (value !== undefined) out.push(value);
      };
    }
    const each = this.each();
    return (input, frame, out) => {
      each(input, frame, (value) => {
        out.push(value);
        return true;
      });
    };
  }
}

function optionFromEach(each: Each): Option {
  return (input, frame) => {
    let result: Value | undefined;
    each(input, frame, (value) => {
      result = value;
      return false;
    });
    return result;
  };
}

function valuesWithoutPath(each: Each): Paths {
  return (input, path, frame, sink) => {
    const from = path instanceof Detached ? path : new Detached(path, input);
    return each(input, frame, (value) => sink(value, from));
  };
}

// Null, booleans and the very same container: equal strings and numbers may have come from anywhere.
function isSame(value: Value, other: Value): boolean {
  return value === other && typeof value !== "string" && typeof value !== "number";
}

/** The more of two numbers of results. */
export function mostYields(a: Yields, b: Yields): Yields {
  if (a === "many" || b === "many") return "many";
  return a === "option" || b === "option" ? "option" : "one";
}

/** True for at most one result. */
export function isSingle(code: Code): boolean {
  return code.yields !== "many";
}

/** The keys of a path, first key first. */
export function pathKeys(path: Path): Value[] {
  const keys: Value[] = [];
  for (let step = path; step !== undefined; step = step.before) keys.push(step.key);
  return keys.reverse();
}

/** The path with one more key. */
export function extendPath(path: Path, key: Value): PathStep {
  return { before: path, key };
}

/** The path of a result; an error if it has none. */
export function requirePath(path: Place, value: Value): Path {
  if (!(path instanceof Detached)) return path;
  if (isSame(value, path.value)) return path.path;
  return fail(`Invalid path expression with result ${truncatedText(value)}`);
}

/** The path of a value in which `key` is looked for; an error if it has none. */
export function requirePathTo(path: Place, key: Value, value: Value): Path {
  if (!(path instanceof Detached)) return path;
  if (isSame(value, path.value)) return path.path;
  return fail(`Invalid path expression near attempt to access element ${truncatedText(key)} of ${truncatedText(value)}`);
}

/** The path of a value that is iterated over; an error if it has none. */
export function requirePathThrough(path: Place, value: Value): Path {
  if (!(path instanceof Detached)) return path;
  if (isSame(value, path.value)) return path.path;
  return fail(`Invalid path expression near attempt to iterate through ${truncatedText(value)}`);
}
