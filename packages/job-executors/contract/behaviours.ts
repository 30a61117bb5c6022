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
  /** Has a process of its own hold ever more memory, and takes no notice of what becomes of it: ends with 0 a while later. */
  readonly hiddenHog?: Program;
  /** Starts processes that start processes, for ever; absent where it may start none. */
  readonly forkBomb?: Program;
  /** Starts 60 processes, prints how many it got, and stays a while; absent where it may start none. */
  readonly manyProcesses?: Program;
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
    hiddenHog: program("(x=0123456789abcdef; while :; do x=$x$x; done) | cat; sleep 60; exit 0"),
    forkBomb: program("bomb() { bomb & bomb & }; bomb & exec sleep 1000"),
    manyProcesses: program("(i=0; while [ $i -lt 60 ]; do sleep 30 & echo $((i+=1)); done); exec sleep 30"),
    burn: program("while :; do :; done"),
  };
}

/** The behaviours in Python. */
export function pythonBehaviours(program: (code: string, ...args: readonly string[]) => Program): Behaviours {
  const imports = "import os, sys, time, signal\n";
  const python = (code: string, ...args: readonly string[]): Program => program(imports + code, ...args);
  return {
    echo: (argument) =>
      python('print(sys.argv[1], os.environ.get("WHO", ""), sys.stdin.read(), sep="|", end="")\nprint("noted", file=sys.stderr)', argument),
    exit: (code) => python(`sys.exit(${code})`),
    tick: python(
      'def bye(*_):\n  print("bye")\n  os._exit(0)\nsignal.signal(signal.SIGTERM, bye)\nprint("ready")\ni = 0\nwhile True:\n  print(i)\n  i += 1\n  time.sleep(0.05)',
    ),
    stubborn: python('signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint("ready")\nwhile True:\n  time.sleep(1)'),
    flood: (lines) => python(`sys.stdout.write("".join(f"line {i}".ljust(99) + "\\n" for i in range(${lines})))`),
    memoryHog: python('x = []\nwhile True:\n  x.append(b"x" * (1 << 20) + b"%d" % len(x))'),
    hiddenHog: python(
      'import subprocess\nhog = "x = []\\nwhile True: x.append(bytes(1 << 20))"\nsubprocess.run([sys.executable, "-c", hog])\ntime.sleep(60)',
    ),
    forkBomb: python("while True:\n  try:\n    os.fork()\n  except OSError:\n    pass"),
    manyProcesses: python(
      "for i in range(60):\n  try:\n    if os.fork() == 0:\n      time.sleep(30)\n      os._exit(0)\n  except OSError:\n    break\n  print(i + 1)\ntime.sleep(30)",
    ),
    burn: python("while True: pass"),
  };
}

/** The behaviours in JavaScript. */
export function javascriptBehaviours(program: (code: string, ...args: readonly string[]) => Program): Behaviours {
  const endless = "setInterval(() => {}, 1000);";
  return {
    echo: (argument) =>
      program(
        'import { readFileSync } from "node:fs";\nprocess.stdout.write([process.argv[2], process.env.WHO ?? "", readFileSync(0, "utf8")].join("|"));\nconsole.error("noted");',
        argument,
      ),
    exit: (code) => program(`process.exitCode = ${code};`),
    tick: program(
      'process.on("SIGTERM", () => { console.log("bye"); process.exit(0); });\nconsole.log("ready");\nlet i = 0;\nsetInterval(() => console.log(i++), 50);',
    ),
    stubborn: program(`process.on("SIGTERM", () => {});\nconsole.log("ready");\n${endless}`),
    flood: (lines) => program(`for (let i = 0; i < ${lines}; i++) process.stdout.write(("line " + i).padEnd(99) + "\\n");`),
    memoryHog: program("const held = [];\nfor (;;) held.push(Buffer.alloc(1 << 20, 1));"),
    burn: program("for (;;);"),
  };
}
