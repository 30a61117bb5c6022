// Builtins that look beyond the values: the clock, messages to the host, the end of the program.
import { constantCode } from "../code/basic.ts";
import { Code } from "../code/code.ts";
import { fail, Halt } from "../failure.ts";
import { isNumber, toDouble, type Value } from "../value/value.ts";
import { impure, type MakerTable } from "./maker.ts";

// What passes a message on leaves its input as it was, path and all.
function messageCode(kind: "debug" | "stderr"): Code {
  return new Code({
    yields: "one",
    one: () => (input, frame) => {
      frame.run.limits.onMessage?.(kind, input);
      return input;
    },
    paths: () => (input, path, frame, sink) => {
      frame.run.limits.onMessage?.(kind, input);
      return sink(input, path);
    },
  });
}

function haltWith(input: Value, code: Value): never {
  if (!isNumber(code)) return fail("halt_error/1: number required");
  throw new Halt(Math.trunc(toDouble(code)), input);
}

/** Builtins that touch the host. */
export const hostBuiltins: MakerTable = {
  "now/0": impure((run) => run.limits.now / 1000),
  "debug/0": () => messageCode("debug"),
  "stderr/0": () => messageCode("stderr"),
  "halt/0": impure(() => {
    throw new Halt(0, undefined);
  }),
  "halt_error/1": impure((_run, input, code) => haltWith(input, code)),
  "env/0": () => constantCode({}),
  "input_line_number/0": () => constantCode(0),
};
