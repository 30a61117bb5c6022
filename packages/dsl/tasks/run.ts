// `run`: a container, a script, a shell command or another workflow (dsl-reference.md, "Run").
import type { Expression } from "@baton/expr";
import { child, type Context } from "../context.ts";
import { readResource } from "../endpoint.ts";
import { readTemplate, readTextTemplate, type Site } from "../expressions.ts";
import type { RunTask, ScriptProcess, ShellProcess, Template, WorkflowProcess } from "../ir.ts";
import {
  invalid,
  lacks,
  optional,
  present,
  readBoolean,
  readChoice,
  readExclusive,
  readShape,
  readText,
  reportMissingKeys,
  wrongType,
} from "../read.ts";
import type { MappingNode, SourceNode } from "../source/node.ts";
import { readContainer } from "./container.ts";
import { namePattern, versionPattern } from "../names.ts";
import type { KindCompiler } from "./kind.ts";
import { readArguments, readProgram, readSurroundings, surroundings } from "./surroundings.ts";

const processes = ["container", "script", "shell", "workflow"] as const;
const returns = ["stdout", "stderr", "code", "all", "none"] as const;
const nothing: Template = { kind: "constant", value: null };
const noProcess: ShellProcess = { kind: "shell", command: nothing };

export const runCompiler: KindCompiler<"run"> = {
  keys: ["run"],
  required: ["run"],
  compile(cx, { map, base, site }) {
    const run = optional(map, "run", (node) => readShape(cx, node, { what: "`run`", keys: [...processes, "await", "return"] }));
    return {
      ...base,
      kind: "run",
      run: (run && readProcess(cx, run, site)) ?? noProcess,
      await: (run && optional(run, "await", (node) => readBoolean(cx, node, "`await`"))) ?? true,
      return: (run && optional(run, "return", (node) => readChoice(cx, node, "`return`", returns))) ?? "stdout",
    };
  },
};

function readProcess(cx: Context, run: MappingNode, site: Site): RunTask["run"] | undefined {
  const found = readExclusive(cx, run, "`run`", processes);
  switch (found?.key) {
    case undefined: {
      if (processes.every((key) => lacks(cx, run, key)))
        cx.problems.add("missing-key", run.label, run, "`run` needs one of `container`, `script`, `shell` and `workflow`");
      return undefined;
    }
    case "container":
      return readContainer(cx, found.value, site);
    case "script":
      return readScript(cx, found.value, site);
    case "shell":
      return readShell(cx, found.value, site);
    case "workflow":
      return readWorkflow(cx, found.value, site);
  }
}

function readShell(cx: Context, node: SourceNode, site: Site): ShellProcess | undefined {
  const map = readShape(cx, node, { what: "`shell`", keys: ["command", ...surroundings], required: ["command"] });
  if (map === undefined) return undefined;
  const command = optional(map, "command", (command) => readProgram(cx, command, "`command`", site)) ?? nothing;
  return present<ShellProcess>({ kind: "shell", command, ...readSurroundings(cx, map, site, readShellArguments) });
}

/** A script has template literals of its own; only those with white space or a dot behind the brace are taken for expressions. */
const scriptAdvice = "write `${name}`, without white space, for what the script itself is to insert";
const languages: { readonly [name: string]: ScriptProcess["language"] } = { js: "js", javascript: "js", python: "python" };

function readScript(cx: Context, node: SourceNode, site: Site): ScriptProcess | undefined {
  const map = readShape(cx, node, { what: "`script`", keys: ["language", "code", "source", ...surroundings], required: ["language"] });
  if (map === undefined) return undefined;
  const language = optional(map, "language", (language) => readChoice(cx, language, "`language`", Object.keys(languages)));
  const found = readExclusive(cx, map, "`script`", ["code", "source"]);
  if (found === undefined) reportMissingKeys(cx, map, { what: "`script`", keys: [], required: ["code"] });
  const source = optional(map, "source", (resource) => readResource(cx, resource, "a script's `source`", site));
  const code = optional(map, "code", (code) => readProgram(cx, code, "`code`", { ...site, advice: scriptAdvice })) ?? nothing;
  const list = child(map, "arguments");
  const variables = list?.kind === "mapping" && source === undefined ? readVariables(cx, list, site) : undefined;
  return present<ScriptProcess>({
    kind: "script",
    language: languages[language ?? "js"] ?? "js",
    code,
    source,
    variables,
    ...readSurroundings(cx, map, site, variables === undefined ? readArguments : () => undefined),
  });
}

/** Up to version 1.0.2 of the language a script's arguments were a mapping: variables that the script finds set. */
function readVariables(cx: Context, map: MappingNode, site: Site): Template {
  for (const { key, at, value } of map.entries.values()) {
    if (/^[A-Za-z_]\w*$/.test(key)) continue;
    cx.problems.add("invalid-value", at, value, `"${key}" is not a name for a variable`, "use letters, digits and _");
  }
  return readTemplate(cx, map, site);
}

/** Up to version 1.0.1 of the language they were a mapping: `--user: ada` is the argument `--user=ada`, a key without value is itself. */
function readShellArguments(cx: Context, node: SourceNode, site: Site): Template | undefined {
  if (node.kind !== "mapping") return readArguments(cx, node, site);
  const items = [...node.entries.values()].map(({ key, at, value }): Template => {
    const name = partsOf(readTextTemplate(cx, { kind: "scalar", style: "plain", json: key, ...at, label: at }, site));
    if (value.json === null) return { kind: "text", parts: name };
    if (value.kind !== "scalar") wrongType(cx, value, "an argument", "a single value");
    return { kind: "text", parts: [...name, "=", ...partsOf(readTemplate(cx, value, site))] };
  });
  return { kind: "array", items };
}

/** What a template adds to a text that it is a part of. */
function partsOf(template: Template): readonly (string | Expression)[] {
  if (template.kind === "expression") return [template.expression];
  if (template.kind === "text") return template.parts;
  return template.kind === "constant" ? [typeof template.value === "string" ? template.value : JSON.stringify(template.value)] : [];
}

function readWorkflow(cx: Context, node: SourceNode, site: Site): WorkflowProcess | undefined {
  const required = ["namespace", "name"];
  const map = readShape(cx, node, { what: "`workflow`", keys: [...required, "version", "input"], required });
  if (map === undefined) return undefined;
  const word = (key: string, pattern: RegExp, advice: string): string | undefined =>
    optional(map, key, (value) => {
      const text = readText(cx, value, `\`${key}\``);
      if (text !== undefined && !pattern.test(text.json)) invalid(cx, value, `"${text.json}" is not a workflow's ${key}`, advice);
      return text?.json;
    });
  const input = child(map, "input");
  return present<WorkflowProcess>({
    kind: "workflow",
    namespace: word("namespace", namePattern, "use letters, digits and hyphens, at most 63") ?? "",
    name: word("name", namePattern, "use letters, digits and hyphens, at most 63") ?? "",
    version: word("version", new RegExp(`^latest$|${versionPattern.source}`), 'write "1.2.3", or `latest`') ?? "latest",
    input: input && readTemplate(cx, input, site),
  });
}
