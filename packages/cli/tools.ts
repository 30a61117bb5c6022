// Commands that read their own arguments, in their own way: everything behind the name is theirs.
import { readStandardInput } from "./context.ts";

type Tool = (args: readonly string[]) => Promise<number>;

const out = (text: string): void => void process.stdout.write(text);
const err = (text: string): void => void process.stderr.write(text);

const tools: { readonly [name: string]: Tool } = {
  jq: async (args) => (await import("./jq/run.ts")).runJq(args, { stdin: readStandardInput, out, err }),
  simulate: async (args) => {
    const { runSimulate } = await import("./simulate/index.ts");
    const { columns, isTTY } = process.stderr;
    return runSimulate(args, { out, err, isTty: isTTY, ...(isTTY && { columns }) });
  },
};

/** True where a command of this name reads its own arguments. */
export function isTool(name: string): boolean {
  return Object.hasOwn(tools, name);
}

/** Runs a tool with the arguments behind its name; resolves with the exit code. */
export function runTool(name: string, args: readonly string[]): Promise<number> {
  const tool = tools[name];
  return tool === undefined ? Promise.reject(new Error(`there is no tool ${name}`)) : tool(args);
}
