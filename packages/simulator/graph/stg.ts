// Reader of the Standard Task Graph Set (Kasahara laboratory): the number of tasks, then per task its number, its
// processing time, the number of its predecessors and their numbers; "#" opens the trailing comments. The set adds an
// entry and an exit task of no length, which the first number does not count.
import { err, ok, type Result } from "@baton/core";
import { problem, type Problem } from "../errors.ts";
import { checkGraph, maxGraphTasks, type GraphTask, type TaskGraph } from "./graph.ts";

/** Reads one task graph. Every task holds one processor. */
export function readStg(text: string, name: string): Result<TaskGraph, readonly Problem[]> {
  const problems: Problem[] = [];
  const rows = numberRows(text, name, problems);
  const count = rows[0]?.numbers[0];
  if (problems.length === 0 && count === undefined) problems.push(problem("graph-invalid", name, "The file is empty."));
  if (problems.length > 0 || count === undefined) return err(problems);
  const tasks = rows.slice(1);
  if (tasks.length !== count && tasks.length !== count + 2)
    problems.push(
      problem(
        "graph-invalid",
        `${name}: line 1`,
        `The file announces ${count} tasks but has ${tasks.length} (with entry and exit: ${count + 2}).`,
      ),
    );
  const read = tasks.map((row, i) => readTask(row, i, tasks.length, name, problems));
  if (problems.length > 0) return err(problems);
  const graph: TaskGraph = { name, unitMs: 1000, tasks: read, resources: [{ name: "processors" }] };
  const cycles = checkGraph(graph);
  return cycles.length > 0 ? err(cycles) : ok(graph);
}

interface Row {
  readonly line: number;
  readonly numbers: readonly number[];
}

function numberRows(text: string, name: string, problems: Problem[]): Row[] {
  const rows: Row[] = [];
  text.split("\n").forEach((content, i) => {
    const words = content.replace(/#.*/, "").trim().split(/\s+/).filter(Boolean);
    const bad = words.find((word) => !/^\d+$/.test(word));
    const where = `${name}: line ${i + 1}`;
    if (bad !== undefined) problems.push(problem("graph-invalid", where, `"${bad.slice(0, 40)}" is not a whole number.`));
    else if (rows.length > maxGraphTasks) problems.push(problem("trace-too-large", where, `There are more than ${maxGraphTasks} tasks.`));
    else if (words.length > 0) rows.push({ line: i + 1, numbers: words.map(Number) });
  });
  return rows;
}

function readTask(row: Row, index: number, total: number, name: string, problems: Problem[]): GraphTask {
  const [id, run = 0, announced, ...predecessors] = row.numbers;
  const wrong = (message: string): void => {
    problems.push(problem("graph-invalid", `${name}: line ${row.line}`, message));
  };
  if (id !== index) wrong(`Task ${index} was expected here, not ${id}.`);
  if (announced !== predecessors.length) wrong(`${announced ?? 0} predecessors are announced, but ${predecessors.length} follow.`);
  const unknown = predecessors.find((before) => before >= total);
  if (unknown !== undefined) wrong(`Predecessor ${unknown} does not exist: the last task is ${total - 1}.`);
  return { id: String(id), run, amounts: [1], predecessors, transfers: predecessors.map(() => 0) };
}
