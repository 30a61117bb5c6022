// What a compilation carries along: the problems found so far, the reusable definitions, the tasks compiled.
// The list compiler is part of it, so that a task kind can compile the lists inside it without a cycle of files.
import type { Instant } from "@baton/core";
import type { SourceNode, Entry, MappingNode } from "./source/node.ts";
import type { ExtensionSource } from "./extension-source.ts";
import { standardVariables, type Task, type TaskBase, type TaskList } from "./ir.ts";
import type { Problems } from "./problems.ts";
import type { ResourceDesk } from "./resource-desk.ts";
import type { SourceText } from "./source/text.ts";

/** The kinds of reusable definitions that tasks name. */
export type DefinitionKind = "authentications" | "errors" | "functions" | "retries" | "timeouts";

/** The variables that an expression may use: the standard ones, then those of the enclosing loops and catches. */
export interface Scope {
  readonly names: readonly string[];
  /** All of them, by slot; of the same name the last one counts. */
  readonly slots: readonly string[];
}

/** No variables but the standard ones. */
export const emptyScope: Scope = { names: [], slots: standardVariables };

/** The scope with further variables; they hide those of the same name. */
export function extendScope(scope: Scope, names: readonly string[]): Scope {
  return { names: [...scope.names, ...names], slots: [...scope.slots, ...names] };
}

/** Where a list of tasks lies. */
export interface ListPlace {
  /** JSON Pointer of the list. */
  readonly reference: string;
  readonly scope: Scope;
  /** Branches run side by side: none can be the target of another. */
  readonly branches?: true;
  /** The names of the lists around this one, to tell a target at another depth from an unknown one. */
  readonly outer: OuterLists | undefined;
}

/** The chain of enclosing lists. */
export interface OuterLists {
  readonly names: ReadonlySet<string>;
  readonly outer: OuterLists | undefined;
}

/** Where a task lies. */
export interface TaskPlace {
  readonly reference: string;
  readonly scope: Scope;
  /** The tasks of its list by name; empty for a function, which has no list. */
  readonly siblings: ReadonlyMap<string, number>;
  readonly branches?: true;
  /** Its list and those around it; absent for the task of a function. */
  readonly lists: OuterLists | undefined;
}

/** How a document's expressions are evaluated. */
export interface Evaluation {
  readonly language: "jq" | "js";
  /** Loose: every text is evaluated, and stands for itself where that fails. */
  readonly mode: "strict" | "loose";
}

/** One compilation of one document. */
export interface Context {
  readonly problems: Problems;
  readonly text: SourceText;
  readonly resources: ResourceDesk;
  /** The time at which the document is checked, where what is over is to be refused. */
  readonly now: Instant | undefined;
  readonly evaluation: Evaluation;
  /** The reusable definitions by kind and name. */
  readonly definitions: { readonly [K in DefinitionKind]: ReadonlyMap<string, Entry> };
  /** The catalogs by name. */
  readonly catalogs: ReadonlyMap<string, Entry>;
  /** What runs before and after tasks; none within an extension. */
  readonly extensions: readonly ExtensionSource[];
  /** Within an extension: the task that it extends. */
  readonly about: TaskBase | undefined;
  /** Within a compensation: how many functions deep it stands. */
  readonly compensating: number | undefined;
  /** The names in use, by kind. */
  readonly used: { readonly [K in DefinitionKind]: Set<string> };
  readonly secrets: readonly string[];
  /** The secrets that some expression reads. */
  readonly secretsRead: Set<string>;
  /** Every task that has a reference of its own. */
  readonly tasks: Map<string, Task>;
  /** The keys that were probably meant where a mapping has unknown ones. */
  readonly meant: Map<MappingNode, ReadonlySet<string>>;
  taskCount: number;
  /** The functions that are being compiled, the outermost first. */
  readonly calling: string[];
  list(node: SourceNode, place: ListPlace): TaskList;
  task(name: string, node: SourceNode, place: TaskPlace): Task | undefined;
}

/** The value under a key, if the mapping has it. */
export function child(map: MappingNode, key: string): SourceNode | undefined {
  return map.entries.get(key)?.value;
}
