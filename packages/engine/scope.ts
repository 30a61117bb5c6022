// What an expression can see: the specification's arguments (dsl.md, "Runtime expression arguments") and the
// variables of loops and catches around it. A scope is made per evaluation point; descriptors only when they are read.
import { formatInstant, type Instant, type Json, type JsonObject } from "@baton/core";
import { standardVariables, type Task, type Workflow } from "@baton/dsl";
import type { Expression, Value } from "@baton/expr";
import type { Facts } from "./facts.ts";
import { readSecrets, type SecretReader } from "./secrets.ts";
import { rootId, type Frame, type RunState } from "./state.ts";

/** The surroundings of one evaluation. */
export interface Scope {
  readonly workflow: Workflow;
  readonly run: Pick<RunState, "id" | "raw" | "startedAt" | "depth">;
  readonly facts: Facts;
  /** What `now` gives. */
  readonly now: Instant;
  /** Where errors are said to come from. */
  readonly instance: string;
  readonly context: Json;
  /** The transformed input; null before it is known. */
  readonly input: Json;
  /** The transformed output; null before it is known. */
  readonly output: Json;
  readonly variables: readonly Json[];
  /** Null: an expression of the workflow itself. */
  readonly task: TaskInfo | null;
}

/** What `$task` tells. */
export interface TaskInfo {
  readonly task: Task;
  readonly raw: Json;
  readonly startedAt: Instant;
  /** Before `output.as`; undefined: not known yet. */
  readonly rawOutput?: Json;
}

/** The scope of a step's own definition. */
export function scopeOf(workflow: Workflow, state: RunState, facts: Facts, frame: Frame): Scope {
  const isRoot = frame.id === rootId;
  return {
    workflow,
    run: state,
    facts,
    now: facts.now,
    instance: frame.task.reference,
    context: state.contexts.get(frame.home) ?? null,
    input: frame.input,
    output: null,
    variables: frame.variables,
    task: isRoot ? null : { task: frame.task, raw: frame.raw, startedAt: frame.startedAt },
  };
}

const argumentCount = standardVariables.length;

/** The values of an expression's slots, and the secrets where it reads them. */
export function bind(
  scope: Scope,
  expression: Expression,
  authorization: (scope: Scope) => JsonObject | null,
): { readonly slots: readonly Value[]; readonly secrets: SecretReader | null } {
  const free = expression.freeVariables;
  if (free.size === 0) return { slots: blank(argumentCount + scope.variables.length), secrets: null };
  const secrets = free.has("secrets") ? readSecrets(scope.workflow, scope.facts) : null;
  const slots = [
    scope.context,
    scope.input,
    scope.output,
    secrets === null ? null : secrets.value,
    free.has("task") ? taskDescriptor(scope.task) : null,
    free.has("workflow") ? workflowDescriptor(scope) : null,
    free.has("runtime") ? { ...scope.facts.runtime } : null,
    free.has("authorization") ? authorization(scope) : null,
    ...scope.variables,
  ];
  return { slots, secrets };
}

const blanks: (readonly Value[])[] = [];

/** Slots for an expression that reads none of them. */
function blank(length: number): readonly Value[] {
  return (blanks[length] ??= Array.from({ length }, () => null));
}

function taskDescriptor(info: TaskInfo | null): Json {
  if (info === null) return null;
  const { raw, startedAt, rawOutput } = info;
  const task = info.task.about ?? info.task;
  return {
    ...task.definition,
    name: task.name,
    reference: task.reference,
    definition: task.definition,
    input: raw,
    output: rawOutput ?? null,
    startedAt: dateTimeDescriptor(startedAt),
  };
}

function workflowDescriptor({ workflow, run }: Scope): JsonObject {
  return { id: run.id, definition: workflow.definition, input: run.raw, startedAt: dateTimeDescriptor(run.startedAt) };
}

function dateTimeDescriptor(instant: Instant): JsonObject {
  return { iso8601: formatInstant(instant), epoch: { seconds: Math.floor(instant / 1000), milliseconds: instant } };
}
