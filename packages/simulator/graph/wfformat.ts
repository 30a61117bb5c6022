// Reader of WfFormat, the JSON format of the WfCommons workflow instances: version 1.5, where specification and
// execution lie apart, and 1.4, where each task carries both. Times are kept in whole milliseconds.
// https://github.com/wfcommons/wfformat
import { err, get, isObject, ok, type Json, type JsonObject, type Result } from "@baton/core";
import type { Problem } from "../errors.ts";
import { JsonReader } from "../json-reader.ts";
import { checkGraph, type GraphTask, type TaskGraph } from "./graph.ts";

/** Whether a document looks like WfFormat. */
export function isWfFormat(document: Json): boolean {
  return isObject(document) && isObject(get(document, "workflow"));
}

/** Reads one workflow instance. Its tasks hold cores and memory. */
export function readWfFormat(document: Json, name: string): Result<TaskGraph, readonly Problem[]> {
  const json = new JsonReader("graph-invalid", name);
  const graph = readGraph(json, document, name);
  if (json.problems.length > 0 || !graph) return err(json.problems);
  const cycles = checkGraph(graph);
  return cycles.length > 0 ? err(cycles) : ok(graph);
}

function readGraph(json: JsonReader, document: Json, name: string): TaskGraph | undefined {
  const root = json.object(document, "");
  const workflow = root && json.object(get(root, "workflow"), "/workflow");
  if (!workflow) return undefined;
  const specification = get(workflow, "specification");
  const tasks = isObject(specification) ? readSplit(json, workflow, specification) : readJoined(json, workflow);
  if (tasks.length === 0) json.wrong("/workflow", "The workflow has no tasks.");
  return { name, unitMs: 1, tasks: link(json, tasks), resources: [{ name: "cpu" }, { name: "memory" }] };
}

/** A task before its parents are known by number. */
interface NamedTask {
  readonly id: string;
  readonly alias: string;
  readonly pointer: string;
  readonly parents: readonly string[];
  readonly runMs: number;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly inputs: ReadonlySet<string>;
  /** Sizes of the files that it writes, by name. */
  readonly outputs: ReadonlyMap<string, number>;
}

/** Version 1.5: what the tasks are in `specification`, how they ran in `execution`. */
function readSplit(json: JsonReader, workflow: JsonObject, specification: JsonObject): NamedTask[] {
  const at = "/workflow/specification";
  const sizes = fileSizes(json, json.optionalArray(specification, "files", at), `${at}/files`);
  const execution = json.object(get(workflow, "execution"), "/workflow/execution");
  const ran = new Map<string, { task: JsonObject; pointer: string }>();
  if (execution) {
    json.array(get(execution, "tasks"), "/workflow/execution/tasks").forEach((value, i) => {
      const pointer = `/workflow/execution/tasks/${i}`;
      const task = json.object(value, pointer);
      const id = task && json.string(task, "id", pointer);
      if (task && id !== undefined) ran.set(id, { task, pointer });
    });
  }
  return json.array(get(specification, "tasks"), `${at}/tasks`).flatMap((value, i) => {
    const pointer = `${at}/tasks/${i}`;
    const task = json.object(value, pointer);
    const id = task && json.string(task, "id", pointer);
    if (!task || id === undefined) return [];
    const execution = ran.get(id);
    if (!execution) json.wrong(`${pointer}/id`, `Task "${id}" has no entry in /workflow/execution/tasks, so its run time is not known.`);
    return execution ? [namedTask(json, id, task, execution.task, { pointer, ran: execution.pointer }, sizes)] : [];
  });
}

/** Version 1.4 and before: one list of tasks. */
function readJoined(json: JsonReader, workflow: JsonObject): NamedTask[] {
  return json.array(get(workflow, "tasks"), "/workflow/tasks").flatMap((value, i) => {
    const pointer = `/workflow/tasks/${i}`;
    const task = json.object(value, pointer);
    if (!task) return [];
    const id = json.optionalString(task, "id", pointer) ?? json.string(task, "name", pointer);
    return id === undefined ? [] : [namedTask(json, id, task, task, { pointer, ran: pointer }, new Map())];
  });
}

function namedTask(
  json: JsonReader,
  id: string,
  task: JsonObject,
  ran: JsonObject,
  at: { readonly pointer: string; readonly ran: string },
  sizes: ReadonlyMap<string, number>,
): NamedTask {
  const runtime = get(ran, "runtimeInSeconds") === undefined && get(ran, "runtime") !== undefined ? "runtime" : "runtimeInSeconds";
  const seconds = json.number(ran, runtime, at.ran, { min: 0 }) ?? 0;
  const coreField = get(ran, "coreCount") === undefined ? "cores" : "coreCount";
  const files = taskFiles(json, task, at.pointer, sizes);
  return {
    id,
    alias: json.optionalString(task, "name", at.pointer) ?? id,
    pointer: at.pointer,
    parents: json.strings(task, "parents", at.pointer),
    runMs: Math.round(seconds * 1000),
    cores: json.optionalNumber(ran, coreField, at.ran, { min: 0 }) || 1,
    memoryBytes: Math.round(json.optionalNumber(ran, "memoryInBytes", at.ran, { min: 0 }) ?? 0),
    ...files,
  };
}

function fileSizes(json: JsonReader, files: readonly Json[], at: string): Map<string, number> {
  const sizes = new Map<string, number>();
  files.forEach((value, i) => {
    const file = json.object(value, `${at}/${i}`);
    const id = file && json.string(file, "id", `${at}/${i}`);
    if (file && id !== undefined) sizes.set(id, json.number(file, "sizeInBytes", `${at}/${i}`, { min: 0 }) ?? 0);
  });
  return sizes;
}

/** The files that a task reads and writes, from either version's fields. */
function taskFiles(
  json: JsonReader,
  task: JsonObject,
  at: string,
  sizes: ReadonlyMap<string, number>,
): Pick<NamedTask, "inputs" | "outputs"> {
  const inputs = new Set(json.strings(task, "inputFiles", at));
  const outputs = new Map(json.strings(task, "outputFiles", at).map((file) => [file, sizes.get(file) ?? 0]));
  json.optionalArray(task, "files", at).forEach((value, i) => {
    const pointer = `${at}/files/${i}`;
    const file = json.object(value, pointer);
    const id = file && (json.optionalString(file, "name", pointer) ?? json.string(file, "id", pointer));
    if (!file || id === undefined) return;
    const size = json.optionalNumber(file, get(file, "size") === undefined ? "sizeInBytes" : "size", pointer, { min: 0 }) ?? 0;
    if (json.oneOf(file, "link", pointer, ["input", "output"]) === "input") inputs.add(id);
    else outputs.set(id, size);
  });
  return { inputs, outputs };
}

/** Turns names of parents into numbers, and files that pass between two tasks into bytes. */
function link(json: JsonReader, tasks: readonly NamedTask[]): GraphTask[] {
  const numbers = new Map<string, number>();
  tasks.forEach((task, i) => {
    if (numbers.has(task.id)) json.wrong(`${task.pointer}/id`, `There are two tasks "${task.id}".`);
    numbers.set(task.id, i);
  });
  tasks.forEach((task, i) => numbers.has(task.alias) || numbers.set(task.alias, i));
  return tasks.map((task) => {
    const predecessors: number[] = [];
    task.parents.forEach((parent, i) => {
      const number = numbers.get(parent);
      if (number === undefined) json.wrong(`${task.pointer}/parents/${i}`, `There is no task "${parent}".`);
      else predecessors.push(number);
    });
    return {
      id: task.id,
      run: task.runMs,
      amounts: [Math.round(task.cores * 1000), task.memoryBytes],
      predecessors,
      transfers: predecessors.map((before) => bytesBetween(tasks[before] as NamedTask, task)),
    };
  });
}

function bytesBetween(from: NamedTask, to: NamedTask): number {
  let bytes = 0;
  for (const [file, size] of from.outputs) if (to.inputs.has(file)) bytes += size;
  return bytes;
}
