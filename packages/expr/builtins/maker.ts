// The form of a builtin: something that makes code from the code of its arguments.
import { applyCode, type Apply } from "../code/apply.ts";
import { bindCode, variableCode } from "../code/bind.ts";
import type { Code } from "../code/code.ts";

/** Makes the code of a call: the arguments' code, the offset of the call, and a way to get a slot for a value. */
export type Maker = (args: readonly Code[], at: number, slot: () => number) => Code;

/** Builtins by name and number of arguments: `map/1`. */
export type MakerTable = { readonly [name: string]: Maker };

/** A builtin that is a function of its input and arguments alone. */
export function pure(apply: Apply): Maker {
  return (args, at) => applyCode(apply, args, at);
}

/** A builtin that looks at the run (the clock, the host) as well. */
export function impure(apply: Apply): Maker {
  return (args, at) => applyCode(apply, args, at, false);
}

/** The argument at `index`, which the number of arguments in the builtin's name promises. */
export function argument(args: readonly Code[], index: number): Code {
  const arg = args[index];
  if (arg === undefined) throw new Error(`Expected argument ${index} of a builtin, but it is not there.`);
  return arg;
}

/** Gives the code of a builtin that repeats something its place, for budgets that end in it. */
export function looping(make: Maker): Maker {
  return (args, at, slot) => make(args, at, slot).loopAt(at);
}

/** `source as $slot | body($slot)` for the value parameters of builtins: the first one runs in the outermost loop. */
export function withValue(source: Code, slot: () => number, body: (value: Code) => Code): Code {
  if (source.constant !== undefined) return body(source);
  const own = slot();
  return bindCode(source, { patterns: [{ kind: "variable", slot: own }], slots: [own], guarded: true }, body(variableCode(own, 0)));
}
