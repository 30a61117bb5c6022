// Variables: `SOURCE as PATTERN | BODY`, `reduce` and `foreach`. A variable is a slot of its activation. Where the same
// code may run again inside itself (in filters handed to functions), the slot gets its old value back afterwards.
import { Failure } from "../failure.ts";
import { elementOf } from "../value/access.ts";
import { Editor } from "../value/editor.ts";
import type { Value } from "../value/value.ts";
import { Code, Detached, type Each, type Edit, type Frame, isSingle, mostYields, type Option, type Sink } from "./code.ts";

/** A pattern with its variables resolved to slots. */
export type PatternCode =
  | { readonly kind: "variable"; readonly slot: number }
  | { readonly kind: "array"; readonly items: readonly PatternCode[] }
  | { readonly kind: "object"; readonly entries: readonly PatternEntryCode[] };

/** One entry of an object pattern: the key, the slot for the whole value if any, the inner pattern if any. */
export interface PatternEntryCode {
  readonly key: Code;
  readonly slot: number | undefined;
  readonly pattern: PatternCode | undefined;
}

/** The alternatives of a binding, and every slot that one of them sets. */
export interface BindingCode {
  readonly patterns: readonly PatternCode[];
  readonly slots: readonly number[];
  /** True where the slots must get their old values back. */
  readonly guarded: boolean;
}

/** `$name`: `hops` activations out, in `slot`. */
export function variableCode(slot: number, hops: number): Code {
  return new Code({ yields: "one", usesInput: false, one: () => readSlot(slot, hops) });
}

function readSlot(slot: number, hops: number): (input: Value, frame: Frame) => Value {
  if (hops === 0) return (_input, frame) => frame.slots[slot] as Value;
  return (_input, frame) => frameAt(frame, hops).slots[slot] as Value;
}

/** The activation `hops` definitions out. */
export function frameAt(frame: Frame, hops: number): Frame {
  let at = frame;
  for (let i = hops; i > 0; i--) at = at.up as Frame;
  return at;
}

/** Sets a pattern's variables from a value and goes on, once for every way that computed keys allow. */
type Binder = (value: Value, frame: Frame, next: () => boolean) => boolean;

function binderOf(pattern: PatternCode): Binder {
  switch (pattern.kind) {
    case "variable": {
      const { slot } = pattern;
      return (value, frame, next) => {
        frame.slots[slot] = value;
        return next();
      };
    }
    case "array":
      return chain(pattern.items.map((item, index) => arrayStep(binderOf(item), index)));
    case "object":
      return chain(pattern.entries.map(entryStep));
  }
}

function chain(steps: readonly Binder[]): Binder {
  return (value, frame, next) => {
    const go = (from: number): boolean => {
      const step = steps[from];
      return step === undefined ? next() : step(value, frame, () => go(from + 1));
    };
    return go(0);
  };
}

function arrayStep(inner: Binder, index: number): Binder {
  return (value, frame, next) => inner(elementOf(value, index, frame.run), frame, next);
}

function entryStep(entry: PatternEntryCode): Binder {
  const keys = entry.key.each();
  const inner = entry.pattern === undefined ? undefined : binderOf(entry.pattern);
  return (value, frame, next) =>
    keys(value, frame, (key) => {
      const item = elementOf(value, key, frame.run);
      if (entry.slot !== undefined) frame.slots[entry.slot] = item;
      return inner === undefined ? next() : inner(item, frame, next);
    });
}

// Alternatives are tried in turn: an error in one, or in what follows it, leads to the next.
function bindingBinder({ patterns, slots }: BindingCode): Binder {
  const binders = patterns.map(binderOf);
  const [only] = binders;
  if (only && binders.length === 1) return only;
  return (value, frame, next) => {
    for (const [i, binder] of binders.entries()) {
      for (const slot of slots) frame.slots[slot] = null;
      try {
        return binder(value, frame, next);
      } catch (error) {
        if (!(error instanceof Failure) || i === binders.length - 1) throw error;
      }
    }
    return true;
  };
}

function withSaved(binding: BindingCode, frame: Frame, run: () => boolean): boolean {
  if (!binding.guarded) return run();
  const saved = binding.slots.map((slot) => frame.slots[slot] as Value);
  try {
    return run();
  } finally {
    binding.slots.forEach((slot, i) => {
      frame.slots[slot] = saved[i] as Value;
    });
  }
}

/** The slot of a binding that is one plain variable. */
function plainSlot(binding: BindingCode): number | undefined {
  const [only] = binding.patterns;
  return binding.patterns.length === 1 && only?.kind === "variable" ? only.slot : undefined;
}

/** `SOURCE as PATTERNS | BODY` */
export function bindCode(source: Code, binding: BindingCode, body: Code): Code {
  const slot = plainSlot(binding);
  const plain = slot !== undefined && isSingle(source);
  const yields = plain ? mostYields(source.yields, body.yields) : "many";
  return new Code({
    yields,
    ...(plain && yields !== "many" ? { option: () => bindOption(source.option(), slot, binding, body.option()) } : {}),
    ...(plain && !binding.guarded ? { tail: () => bindTail(source, slot, body) } : {}),
    each: () => bindEach(source, binding, body),
    paths: () => {
      const sources = source.each();
      const binder = bindingBinder(binding);
      const inner = body.paths();
      return (input, path, frame, sink) =>
        withSaved(binding, frame, () => sources(input, frame, (value) => binder(value, frame, () => inner(input, path, frame, sink))));
    },
  });
}

function bindOption(source: Option, slot: number, binding: BindingCode, body: Option): Option {
  if (binding.guarded) {
    return (input, frame) => {
      const value = source(input, frame);
      if (value === undefined) return undefined;
      const saved = frame.slots[slot] as Value;
      frame.slots[slot] = value;
      try {
        return body(input, frame);
      } finally {
        frame.slots[slot] = saved;
      }
    };
  }
  return (input, frame) => {
    const value = source(input, frame);
    if (value === undefined) return undefined;
    frame.slots[slot] = value;
    return body(input, frame);
  };
}

function bindTail(source: Code, slot: number, body: Code) {
  const first = source.option();
  const inner = body.tail();
  return (input: Value, frame: Frame, sink: Sink) => {
    const value = first(input, frame);
    if (value === undefined) return true;
    frame.slots[slot] = value;
    return inner(input, frame, sink);
  };
}

function bindEach(source: Code, binding: BindingCode, body: Code): Each {
  const sources = source.each();
  const inner = body.each();
  const slot = plainSlot(binding);
  if (slot !== undefined && !binding.guarded) {
    return (input, frame, sink) =>
      sources(input, frame, (value) => {
        frame.slots[slot] = value;
        return inner(input, frame, sink);
      });
  }
  const binder = bindingBinder(binding);
  return (input, frame, sink) =>
    withSaved(binding, frame, () => sources(input, frame, (value) => binder(value, frame, () => inner(input, frame, sink))));
}

/** `reduce SOURCE as PATTERNS (INIT; UPDATE)`: the last result of each update is the next state; none makes it null. */
export function reduceCode(source: Code, binding: BindingCode, init: Code, update: Code): Code {
  return new Code({
    yields: init.yields,
    ...(isSingle(init) ? { option: () => reduceOption(init.option(), reducer(source, binding, update)) } : {}),
    each: () => {
      const inits = init.each();
      const reduce = reducer(source, binding, update);
      return (input, frame, sink) => inits(input, frame, (state) => sink(reduce(input, frame, state)));
    },
  });
}

type Reducer = (input: Value, frame: Frame, init: Value) => Value;

function reduceOption(init: Option, reduce: Reducer): Option {
  return (input, frame) => {
    const state = init(input, frame);
    return state === undefined ? undefined : reduce(input, frame, state);
  };
}

function reducer(source: Code, binding: BindingCode, update: Code): Reducer {
  const sources = source.each();
  const binder = bindingBinder(binding);
  if (update.canEdit) return editor(sources, binder, binding, update.edit());
  const next = lastOf(update);
  return (input, frame, init) => {
    let state = init;
    const step = (): boolean => {
      frame.run.step();
      state = next(state, frame) ?? null;
      return true;
    };
    withSaved(binding, frame, () => sources(input, frame, (value) => binder(value, frame, step)));
    return state;
  };
}

// The state belongs to the reduction alone, so that copies of it may be changed in place.
function editor(sources: Each, binder: Binder, binding: BindingCode, edit: Edit): Reducer {
  return (input, frame, init) => {
    const own = new Editor(frame.run, true);
    let state = init;
    const step = (): boolean => {
      frame.run.step();
      state = edit(state, frame, own);
      return true;
    };
    withSaved(binding, frame, () => sources(input, frame, (value) => binder(value, frame, step)));
    return state;
  };
}

/** The last result of code, or undefined. */
export function lastOf(code: Code): Option {
  if (isSingle(code)) return code.option();
  const each = code.each();
  return (input, frame) => {
    let last: Value | undefined;
    each(input, frame, (value) => {
      last = value;
      return true;
    });
    return last;
  };
}

/** `foreach SOURCE as PATTERNS (INIT; UPDATE; EXTRACT)` */
export function foreachCode(source: Code, binding: BindingCode, init: Code, update: Code, extract: Code): Code {
  return new Code({
    yields: "many",
    each: () => {
      const [sources, inits, updates, extracts] = [source.each(), init.each(), update.each(), extract.each()];
      const binder = bindingBinder(binding);
      return (input, frame, sink) =>
        inits(input, frame, (initial) => {
          let state = initial;
          const step = (): boolean => {
            frame.run.step();
            const before = state;
            state = null;
            return updates(before, frame, (value) => {
              state = value;
              return extracts(value, frame, sink);
            });
          };
          return withSaved(binding, frame, () => sources(input, frame, (value) => binder(value, frame, step)));
        });
    },
    paths: () => foreachPaths(source, binding, init, update, extract),
  });
}

function foreachPaths(source: Code, binding: BindingCode, init: Code, update: Code, extract: Code): ReturnType<Code["paths"]> {
  const sources = source.each();
  const [inits, updates, extracts] = [init.paths(), update.paths(), extract.paths()];
  const binder = bindingBinder(binding);
  return (input, path, frame, sink) =>
    inits(input, path, frame, (initial, initialPath) => {
      let state = initial;
      // The state is a value like any other: only the first one is known to stand where INIT does.
      const from = initialPath instanceof Detached ? initialPath : new Detached(initialPath, initial);
      const step = (): boolean => {
        frame.run.step();
        const before = state;
        state = null;
        return updates(before, from, frame, (value, reached) => {
          state = value;
          return extracts(value, reached, frame, sink);
        });
      };
      return withSaved(binding, frame, () => sources(input, frame, (value) => binder(value, frame, step)));
    });
}
