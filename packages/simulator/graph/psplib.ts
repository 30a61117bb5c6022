// Reader of the project scheduling library PSPLIB, single-mode files (.sm): precedence relations, durations and
// requests per renewable resource, and how much of each there is.
import { err, ok, type Result } from "@baton/core";
import { problem, type Problem } from "../errors.ts";
import { checkGraph, type GraphTask, type TaskGraph } from "./graph.ts";

/** Reads one project. Its source and sink stay as tasks of no length. */
export function readPsplib(text: string, name: string): Result<TaskGraph, readonly Problem[]> {
  const reader = new PsplibReader(text, name);
  const graph = reader.graph();
  if (reader.problems.length > 0) return err(reader.problems);
  const cycles = checkGraph(graph);
  return cycles.length > 0 ? err(cycles) : ok(graph);
}

interface Row {
  readonly line: number;
  readonly numbers: readonly number[];
}

class PsplibReader {
  readonly problems: Problem[] = [];
  readonly #lines: readonly string[];
  readonly #name: string;

  constructor(text: string, name: string) {
    this.#lines = text.split("\n").map((line) => line.trim());
    this.#name = name;
  }

  graph(): TaskGraph {
    const precedence = this.#section("PRECEDENCE RELATIONS");
    const requests = this.#section("REQUESTS/DURATIONS");
    const capacities = this.#section("RESOURCEAVAILABILITIES")[0]?.numbers ?? [];
    if (capacities.length === 0) this.#wrong(this.#lines.length, "No resource has an availability.");
    if (precedence.length !== requests.length)
      this.#wrong(requests[0]?.line ?? 1, `${precedence.length} jobs have precedence relations, but ${requests.length} have requests.`);
    const predecessors = this.#predecessors(precedence);
    return {
      name: this.#name,
      unitMs: 1000,
      tasks: requests.map((row, i) => this.#task(row, i, capacities, predecessors[i] ?? [])),
      resources: capacities.map((capacity, i) => ({ name: `R${i + 1}`, capacity })),
    };
  }

  /** The rows of numbers that follow a heading, up to the next row of stars. */
  #section(heading: string): Row[] {
    const at = this.#lines.findIndex((line) => line.startsWith(heading));
    if (at < 0) {
      this.#wrong(1, `The section "${heading}" is missing.`);
      return [];
    }
    const rows: Row[] = [];
    for (let i = at + 1; i < this.#lines.length && !(this.#lines[i] as string).startsWith("***"); i++) {
      const line = this.#lines[i] as string;
      if (!/^-?\d/.test(line)) continue;
      const words = line.split(/\s+/);
      const bad = words.find((word) => !/^\d+$/.test(word));
      if (bad === undefined) rows.push({ line: i + 1, numbers: words.map(Number) });
      else if (!line.startsWith("---")) this.#wrong(i + 1, `"${bad.slice(0, 40)}" is not a whole number.`);
    }
    return rows;
  }

  #predecessors(precedence: readonly Row[]): number[][] {
    const predecessors: number[][] = precedence.map(() => []);
    precedence.forEach(({ line, numbers }, i) => {
      const [job, modes, announced, ...successors] = numbers;
      if (job !== i + 1) this.#wrong(line, `Job ${i + 1} was expected here, not ${job}.`);
      if (modes !== 1) this.#wrong(line, `Job ${job} has ${modes} modes; only projects of a single mode can be simulated.`);
      if (announced !== successors.length) this.#wrong(line, `${announced} successors are announced, but ${successors.length} follow.`);
      for (const successor of successors) {
        const list = predecessors[successor - 1];
        if (list) list.push(i);
        else this.#wrong(line, `Successor ${successor} does not exist: the last job is ${precedence.length}.`);
      }
    });
    return predecessors;
  }

  #task({ line, numbers }: Row, index: number, capacities: readonly number[], predecessors: readonly number[]): GraphTask {
    const [job, , run = 0, ...amounts] = numbers;
    if (job !== index + 1) this.#wrong(line, `Job ${index + 1} was expected here, not ${job}.`);
    if (amounts.length !== capacities.length) this.#wrong(line, `${amounts.length} requests for ${capacities.length} resources.`);
    amounts.forEach((amount, r) => {
      const capacity = capacities[r] ?? 0;
      if (amount > capacity)
        this.#wrong(line, `Job ${job} asks for ${amount} of R${r + 1}, of which there are ${capacity}: it can never run.`);
    });
    return { id: String(job), run, amounts, predecessors, transfers: predecessors.map(() => 0) };
  }

  #wrong(line: number, message: string): void {
    this.problems.push(problem("graph-invalid", `${this.#name}: line ${line}`, message));
  }
}
