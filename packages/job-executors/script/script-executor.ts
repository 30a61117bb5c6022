// Runs scripts: a text, in the sandbox that the machine has, by the launcher that runs its processes.
import { assert, err, ok, type Result } from "@baton/core";
import type { Refusal } from "../launcher/command.ts";
import type { ExecutorAbilities, JobExecutor, ScriptProgram } from "../port.ts";
import type { LauncherLink } from "../process/launcher-link.ts";
import { refusedJob } from "../refused-job.ts";
import { specProblem } from "../spec.ts";
import { inBubblewrap, nodePermissions, type CommandLine, type Openings } from "./sandbox.ts";
import { machineTools, type Interpreter, type Tools } from "./tools.ts";

/** How scripts are confined. */
export interface ScriptOptions {
  /** "auto": by what the machine has; "required": not at all without bubblewrap; "off": for machines that are sandboxes themselves. */
  readonly sandbox?: "auto" | "required" | "off";
  readonly tools?: Tools;
}

/** The executor of scripts, over the node's link to its launcher. */
export function createScriptExecutor(link: LauncherLink, { sandbox = "auto", tools = machineTools() }: ScriptOptions = {}): JobExecutor {
  link.use();
  const findBubblewrap = async (): Promise<string | undefined> => (sandbox === "off" ? undefined : tools.bubblewrap());
  return {
    kind: "script",
    abilities: async () => abilitiesOf(await link.abilities(), await findBubblewrap(), await tools.python()),
    start: async (spec) => {
      const { program, ...order } = spec;
      assert(program.kind === "script", `Expected a script, but got a ${program.kind}.`);
      const problem = specProblem(spec);
      if (problem !== undefined) return refusedJob(spec, "job-spec-invalid", problem);
      const interpreter = await interpreterOf(program, tools);
      if (!interpreter.ok) return refusedJob(spec, interpreter.error.code, interpreter.error.message);
      const bubblewrap = await findBubblewrap();
      if (bubblewrap === undefined && sandbox === "required") return refusedJob(spec, "sandbox-unavailable", noSandbox);
      const { work } = link.folderOf(spec.allocation);
      const folders: Folders = spec.cwd === undefined ? [work] : [spec.cwd, work];
      const line = commandLine(program, `${work}/${fileNames[program.language]}`, folders, interpreter.value, sandbox !== "off");
      const confined =
        bubblewrap === undefined
          ? line
          : inBubblewrap(bubblewrap, line, { folders, interpreter: interpreter.value, network: program.network ?? false });
      const files = { [fileNames[program.language]]: program.code };
      return link.start({ ...order, ...confined, kind: "script", files, isWatched: bubblewrap !== undefined });
    },
    adopt: () => link.adopt("script"),
    close: () => link.leave(),
  };
}

const noSandbox = "Bubblewrap (bwrap) is not installed on this node or does not work there, and the node runs no script without it.";

function abilitiesOf(launcher: ExecutorAbilities, bubblewrap: string | undefined, python: Interpreter | undefined): ExecutorAbilities {
  const notes = [...launcher.notes];
  if (bubblewrap === undefined)
    notes.push(
      "Without bubblewrap scripts are not cut off from the network; JavaScript is kept from files and processes by Node alone, and Python is not.",
    );
  if (python === undefined) notes.push("There is no working python3, so Python scripts are refused.");
  return {
    ...launcher,
    by: `${launcher.by}, ${bubblewrap === undefined ? "no sandbox" : "bubblewrap"}`,
    ...(bubblewrap !== undefined && { sandbox: "bubblewrap" }),
    notes,
  };
}

async function interpreterOf({ language }: ScriptProgram, tools: Tools): Promise<Result<Interpreter, Refusal>> {
  const found = language === "js" ? tools.node : await tools.python();
  return found === undefined ? err({ code: "interpreter-missing", message: "There is no working python3 on this node." }) : ok(found);
}

type Folders = Openings["folders"];

const fileNames = { js: "script.js", python: "script.py" } as const;

function commandLine(
  { language, args }: ScriptProgram,
  file: string,
  folders: Folders,
  { path }: Interpreter,
  isConfined: boolean,
): CommandLine {
  // Unbuffered, so that what it prints can be followed.
  const options = language === "python" ? ["-u"] : isConfined ? nodePermissions(...folders) : [];
  return { command: path, args: [...options, file, ...args] };
}
