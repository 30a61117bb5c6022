// What a job does, as people write it: exactly one of command, script, container and function.
import { isArray, isObject } from "@baton/core";
import type { JobWork } from "@baton/executors";
import { longestArgument, mostArguments } from "../limits.ts";
import { readContainer } from "./container.ts";
import type { Fields } from "./fields.ts";

/** The fields that say what a job does. */
export const workFields = ["command", "script", "container", "function"] as const;

const longestName = 250;

/** The work; undefined where it is wrong. */
export function readWork(fields: Fields): JobWork | undefined {
  const named = workFields.filter((field) => fields.has(field));
  const [field] = named;
  if (field === undefined) return fields.wrong("", `a job needs one of ${workFields.join(", ")}`);
  if (named.length > 1) return fields.wrong("", `a job has one of ${workFields.join(", ")}, but this one has ${named.join(" and ")}`);
  if (field === "command") return readCommand(fields);
  if (field === "container") return readContainer(fields);
  return field === "script" ? readScript(fields) : readFunction(fields);
}

function readCommand(fields: Fields): JobWork | undefined {
  const command = fields.texts("command", mostArguments, longestArgument);
  if (command === undefined) return undefined;
  if (command.length === 0 || command[0] === "") return fields.wrong("command", "command must name a program");
  if (command.some((part) => part.includes("\0"))) return fields.wrong("command", "command must not hold a null character");
  return { kind: "command", command };
}

function readScript(fields: Fields): JobWork | undefined {
  const script = fields.object("script");
  if (script === undefined) return undefined;
  script.only(["language", "code", "arguments", "network"]);
  const language = script.choice("language", ["js", "python"]);
  const code = script.text("code", longestArgument * 2);
  if (!script.has("language")) script.wrong("language", "language is needed: js or python");
  if (!script.has("code")) script.wrong("code", "code is needed");
  if (language === undefined || code === undefined) return undefined;
  const network = script.flag("network");
  const args = script.texts("arguments", mostArguments, longestArgument) ?? [];
  return { kind: "script", language, code, arguments: args, ...(network !== undefined && { network }) };
}

const functionName = /^([A-Za-z][\w.-]*)(?::([\w.+-]+))?$/;

/** `square`, `square:1.0.0`, or an object with name and version; an empty version is the newest. */
function readFunction(fields: Fields): JobWork | undefined {
  const value = fields.raw("function");
  if (isObject(value) && !isArray(value)) {
    const named = fields.object("function");
    named?.only(["name", "version"]);
    const name = named?.text("name", longestName);
    return name === undefined
      ? fields.wrong("function", "function needs a name")
      : { kind: "function", function: name, version: named?.text("version", longestName) ?? "" };
  }
  const parts = typeof value === "string" ? functionName.exec(value) : null;
  if (parts === null) return fields.wrong("function", 'function must be a name such as "square" or "square:1.0.0"');
  return { kind: "function", function: parts[1] ?? "", version: parts[2] ?? "" };
}
