// What the contract suite has jobs do, in the language of whatever runs them.
import type { Program } from "../port.ts";

/** Programs with a known behaviour. */
export interface Behaviours {
  /** Prints its argument, its variable WHO, and its input; on stderr "noted". */
  readonly echo: (argument: string) => Program;
  readonly exit: (code: number) => Program;
  /** Prints "ready" and a number twenty times a second, for ever; says "bye" and ends with 0 when it is asked to end. */
  readonly tick: Program;
  /** Prints "ready" and goes on whatever it is asked. */
  readonly stubborn: Program;
  /** Writes lines of 100 bytes: "line 0", "line 1", ... */
  readonly flood: (lines: number) => Program;
  /** Holds ever more memory. */
  readonly memoryHog: Program;
  /** Starts 60 processes, and prints how many it got. */
  readonly manyProcesses: Program;
  /** Computes for ever. */
  readonly burn: Program;
}

/** The behaviours as texts for a POSIX shell. */
export function shellBehaviours(program: (text: string, ...args: readonly string[]) => Program): Behaviours {
  const trap = (action: string): string => `trap '${action}' TERM`;
  return {
    echo: (argument) => program('printf "%s|%s|%s" "$1" "$WHO" "$(cat)"; echo noted >&2', argument),
    exit: (code) => program(`exit ${code}`),
    tick: program(`${trap("echo bye; exit 0")}; echo ready; i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done`),
    stubborn: program(`${trap("")}; echo ready; while :; do sleep 1; done`),
    flood: (lines) => program('i=0; while [ $i -lt $1 ]; do printf "%-99s\\n" "line $i"; i=$((i+1)); done', String(lines)),
    memoryHog: program("x=0123456789abcdef; while :; do x=$x$x; done"),
    manyProcesses: program("i=0; while [ $i -lt 60 ]; do sleep 30 & echo $((i+=1)); done"),
    burn: program("while :; do :; done"),
  };
}
