// The entry of the baton command: reads the command line, runs it, and ends with the exit code that it earned.
import { type Command, CommanderError } from "commander";
import { exitCodes } from "./exit-codes.ts";
import { failureCode, failureLines } from "./failure.ts";
import { onInterrupt } from "./interrupt.ts";
import { styleFor, wantsColor } from "./output/style.ts";
import { buildProgram } from "./program.ts";
import { isTool, runTool } from "./tools.ts";

const interrupt = new AbortController();
// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? exitCodes.done : exitCodes.failed));

const program = buildProgram(interrupt.signal, (code) => {
  process.exitCode = code;
});
// Commands added below inherit neither setting, so each is told.
const tell = (command: Command): void => {
  command.exitOverride();
  command.commands.forEach((child) => tell(child));
};
tell(program);

try {
  const [name = "", ...rest] = process.argv.slice(2);
  if (isTool(name)) process.exitCode = await runTool(name, rest);
  else {
    onInterrupt(() => interrupt.abort());
    await program.parseAsync(process.argv);
  }
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  else if (interrupt.signal.aborted && isAbort(error)) process.exitCode = exitCodes.interrupted;
  else {
    process.stderr.write(failureLines(error, styleFor(wantsColor(process.stderr, process.env))));
    process.exitCode = failureCode(error);
  }
}

/** What was under way when the interrupt came ends like this wherever nobody says it better. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
