// The intermediate form: a workflow as the engine executes it. Every name is resolved, every expression is
// compiled, every pointer is known. Built once per definition by `compile`, immutable afterwards.
//
// Variables of expressions live in slots. The first slots are the specification's arguments, in the order of
// `standardVariables`; behind them come the variables of the task's lexical scope (`scope` of the task): the
// item and index of each enclosing `for`, the error of each enclosing `catch`, from the outermost inwards.
import type { Duration, Json, JsonObject, Millis } from "@baton/core";
import type { Expression } from "@baton/expr";
import type { FiringRule } from "./schedule/firings.ts";

/** The specification's runtime expression arguments, in slot order. */
export const standardVariables = ["context", "input", "output", "secrets", "task", "workflow", "runtime", "authorization"] as const;

/** A value with expressions inside, ready to be evaluated. */
export type Template =
  | { readonly kind: "constant"; readonly value: Json }
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "text"; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: "array"; readonly items: readonly Template[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [key: string, value: Template])[] };

/** A duration that is known, or that an expression gives (as ISO 8601 text or as an object). */
export type DurationTemplate =
  | { readonly kind: "constant"; readonly duration: Duration }
  | { readonly kind: "expression"; readonly expression: Expression };

/** One way in which a value breaks a schema. */
export interface SchemaProblem {
  /** JSON Pointer into the value. */
  readonly pointer: string;
  readonly message: string;
}

/** A JSON Schema, compiled when it is first used. */
export interface SchemaCheck {
  readonly document: Json;
  /** The URI of its dialect; absent: 2020-12. */
  readonly dialect?: string;
  /** All problems of the value, none when it is valid. */
  check(value: Json): readonly SchemaProblem[];
}

/** What becomes of the data that enters a workflow or task. */
export interface InputRule {
  readonly schema?: SchemaCheck;
  readonly from?: Template;
}

/** What becomes of the data that leaves a workflow or task, or is exported to the context. */
export interface OutputRule {
  readonly schema?: SchemaCheck;
  readonly as?: Template;
}

/** Where the flow goes after a task; a task of the same list is known by its index. */
export type FlowDirective =
  | { readonly kind: "continue" }
  | { readonly kind: "exit" }
  | { readonly kind: "end" }
  | { readonly kind: "task"; readonly index: number };

/** Named values that runs are found by. */
export type AttributeRules = readonly (readonly [name: string, value: Template])[];

/** How long runs are kept once they have ended, by the way they ended. */
export type Retention = { readonly [end in "completed" | "faulted" | "cancelled"]?: Duration };

/** What every task has. */
export interface TaskBase {
  readonly name: string;
  /** JSON Pointer into the document, index and name at each level: `/do/0/name/try/0/inner`. */
  readonly reference: string;
  /** The task as its author wrote it, for `$task.definition`. */
  readonly definition: JsonObject;
  /** The task that an extension extends with this one: what `$task` tells of. */
  readonly about?: TaskBase;
  /** Names of the variables in scope behind the standard ones, outermost first; a later one hides its namesakes before it. */
  readonly scope: readonly string[];
  readonly if?: Expression;
  readonly input?: InputRule;
  readonly output?: OutputRule;
  readonly export?: OutputRule;
  readonly timeout?: DurationTemplate;
  /** Taken from the output when the task completes. */
  readonly attributes?: AttributeRules;
  /** Of a call: what a service tells repetitions by, in place of the attempt's own id. */
  readonly idempotencyKey?: Template;
  /** Where and when its job runs, where it has one: an object of the hints of its metadata. */
  readonly placement?: Template;
  /** What undoes the task once it has completed: a list of its own, on the task's output, with the variable `done` in scope. */
  readonly compensate?: DoTask;
  readonly then: FlowDirective;
}

/** Tasks in declaration order. */
export type TaskList = readonly Task[];

/** Where the extended task lies among what extends it. */
export interface ExtendedPlace {
  /** The places of the task, of which one runs. It begins with the input of the list, and its directive is the list's. */
  readonly own: readonly number[];
  /** Whether the next of the list follows it; else the list is over. */
  readonly goesOn: boolean;
}

export interface DoTask extends TaskBase {
  readonly kind: "do";
  readonly do: TaskList;
  /** It stands around a task that is extended (extensions.ts). */
  readonly extended?: ExtendedPlace;
}

export interface SetTask extends TaskBase {
  readonly kind: "set";
  readonly set: Template;
}

export interface SwitchCase {
  readonly name: string;
  /** Absent: the default case. */
  readonly when?: Expression;
  readonly then: FlowDirective;
}

export interface SwitchTask extends TaskBase {
  readonly kind: "switch";
  readonly cases: readonly SwitchCase[];
}

export interface ForTask extends TaskBase {
  readonly kind: "for";
  readonly each: string;
  readonly at: string;
  readonly in: Template;
  /** Compiled in the scope of the body: item and index are bound. */
  readonly while?: Expression;
  readonly do: TaskList;
}

export interface ForkTask extends TaskBase {
  readonly kind: "fork";
  readonly compete: boolean;
  readonly branches: TaskList;
}

export interface BackoffRule {
  readonly kind: "constant" | "linear" | "exponential";
  /** What is added per retry; absent: the delay. */
  readonly increment?: DurationTemplate;
  /** What the delay is multiplied with per retry; absent: 2. */
  readonly factor?: number;
  /** No delay is longer than this; absent: one hour. */
  readonly maxDelay?: DurationTemplate;
}

export interface RetryPolicy {
  readonly when?: Expression;
  readonly exceptWhen?: Expression;
  readonly delay?: DurationTemplate;
  readonly backoff: BackoffRule;
  readonly jitter?: { readonly from: DurationTemplate; readonly to: DurationTemplate };
  readonly limit: {
    /** Retries, the first attempt not counted. */
    readonly attemptCount?: number;
    /** Bounds each attempt. */
    readonly attemptDuration?: DurationTemplate;
    /** Bounds all of them together. */
    readonly duration?: DurationTemplate;
  };
}

/** Equality on the error's fields; a standard `type` equals its kin under every base. */
export interface ErrorFilter {
  readonly type?: string;
  readonly status?: number;
  readonly instance?: string;
  readonly title?: string;
  readonly detail?: string;
}

export interface CatchRule {
  readonly with?: ErrorFilter;
  readonly as: string;
  /** Compiled in the scope of the catch: the error is bound. So are the retry policy's conditions. */
  readonly when?: Expression;
  readonly exceptWhen?: Expression;
  readonly retry?: RetryPolicy;
  readonly do?: TaskList;
  readonly then?: FlowDirective;
}

export interface TryTask extends TaskBase {
  readonly kind: "try";
  readonly try: TaskList;
  readonly catch: CatchRule;
}

/** An error as its author defined it; title and detail may hold expressions. */
export interface ErrorDefinition {
  readonly type: Template;
  readonly status: Template;
  readonly title?: Template;
  readonly detail?: Template;
  readonly instance?: Template;
}

export interface RaiseTask extends TaskBase {
  readonly kind: "raise";
  readonly error: ErrorDefinition;
}

export interface WaitTask extends TaskBase {
  readonly kind: "wait";
  readonly wait: DurationTemplate;
}

/** A piece of an endpoint: literal text, a variable of RFC 6570 level 1, or an expression whose text is inserted as it is. */
export type EndpointPart = string | { readonly variable: string } | { readonly expression: Expression };

/** How a caller proves who it is: written out, or in a secret of this name. */
export type AuthenticationTemplate =
  | { readonly scheme: "basic" | "digest"; readonly username: Template; readonly password: Template }
  | { readonly scheme: "bearer"; readonly token: Template }
  | { readonly scheme: "basic" | "digest" | "bearer"; readonly secret: string };

/** An endpoint: a text with variables and expressions in it, or one expression that gives the whole of it. */
export type EndpointTemplate = (
  | { readonly kind: "uri"; readonly parts: readonly EndpointPart[] }
  | { readonly kind: "expression"; readonly template: Template }
) & { readonly authentication?: AuthenticationTemplate };

/** Something that lies elsewhere and is fetched when it is needed. */
export interface ResourceTemplate {
  readonly name?: string;
  readonly endpoint: EndpointTemplate;
}

export interface HttpCall {
  readonly kind: "http";
  readonly method: Template;
  readonly endpoint: EndpointTemplate;
  readonly headers?: Template;
  readonly query?: Template;
  readonly body?: Template;
  readonly output: "raw" | "content" | "response";
  readonly redirect: boolean;
}

/** A call of an operation that an OpenAPI document describes. */
export interface OpenApiCall {
  readonly kind: "openapi";
  readonly document: ResourceTemplate;
  readonly operationId: Template;
  readonly parameters?: Template;
  readonly authentication?: AuthenticationTemplate;
  readonly output: "raw" | "content" | "response";
  readonly redirect: boolean;
}

/** A function of `use.functions`: its task runs with the evaluated arguments as its input. */
export interface FunctionCall {
  readonly kind: "function";
  readonly name: string;
  readonly with?: Template;
  /** Its reference is the call's own, so that errors point at the call; its scope is empty. */
  readonly task: Task;
}

/** A function that workers bring as code: each call is a job. */
export interface CodeCall {
  readonly kind: "code";
  readonly function: string;
  readonly version: string;
  readonly with?: Template;
}

export interface CallTask extends TaskBase {
  readonly kind: "call";
  readonly call: HttpCall | OpenApiCall | FunctionCall | CodeCall;
}

/** What a process gives back. */
export type ProcessReturn = "stdout" | "stderr" | "code" | "all" | "none";

/** What every process is given. */
interface Given {
  readonly arguments?: Template;
  readonly stdin?: Template;
  readonly environment?: Template;
}

export interface ShellProcess extends Given {
  readonly kind: "shell";
  readonly command: Template;
}

export interface ContainerProcess extends Given {
  readonly kind: "container";
  readonly image: Template;
  readonly name?: Template;
  /** A text for the container's shell; absent: the image's own command. */
  readonly command?: Template;
  /** Objects: what of the machine stands for what of the container. */
  readonly ports?: Template;
  readonly volumes?: Template;
  readonly pull: "missing" | "always" | "never";
  /** When the container goes once it has ended; `eventually`: after `cleanupAfter`. */
  readonly cleanup: "always" | "never" | "eventually";
  readonly cleanupAfter?: DurationTemplate;
}

export interface ScriptProcess extends Given {
  readonly kind: "script";
  readonly language: "js" | "python";
  /** Nothing where the code lies elsewhere. */
  readonly code: Template;
  readonly source?: ResourceTemplate;
  /** An object: what the code finds set, by name. */
  readonly variables?: Template;
}

export interface WorkflowProcess {
  readonly kind: "workflow";
  readonly namespace: string;
  readonly name: string;
  /** A semantic version, or "latest". */
  readonly version: string;
  readonly input?: Template;
}

export interface RunTask extends TaskBase {
  readonly kind: "run";
  readonly run: ContainerProcess | ShellProcess | ScriptProcess | WorkflowProcess;
  readonly await: boolean;
  readonly return: ProcessReturn;
}

/** What an attribute of an event, or its payload, must be. */
export type EventTest =
  /** Equal to the constant; of an object's keys, each that is written must be there. */
  | { readonly kind: "equals"; readonly value: Json }
  /** A regular expression that the text must match. */
  | { readonly kind: "pattern"; readonly source: string; readonly matches: (text: string) => boolean }
  /** `.` is the attribute: true or false decides, anything else must equal it. Of the payload it is a condition. */
  | { readonly kind: "expression"; readonly expression: Expression }
  /** A constant with expressions in it. */
  | { readonly kind: "template"; readonly template: Template };

/** A link between events: the value that `from` finds in each must be the same. */
export interface Correlation {
  readonly name: string;
  /** `.` is the event, attributes and data. */
  readonly from: Expression;
  /** Evaluated when listening starts; absent: the first value that is found is the one expected. */
  readonly expect?: Template;
}

/** Which events are meant. */
export interface EventFilter {
  readonly with: readonly { readonly attribute: string; readonly test: EventTest }[];
  readonly correlate: readonly Correlation[];
}

/** Which events are consumed, and when that is enough (dsl-reference, "Event Consumption Strategy"). */
export interface EventStrategy {
  readonly kind: "one" | "any" | "all";
  /** None with `any`: every event. */
  readonly filters: readonly EventFilter[];
  /** Of `any`; absent: one event is enough. */
  readonly until?: EventUntil;
}

/** What ends the consumption of any number of events. */
export type EventUntil =
  /** `.` is the array of events so far; `never`: it is the constant false or null. */
  | { readonly kind: "condition"; readonly condition: Expression; readonly never: boolean }
  | { readonly kind: "strategy"; readonly strategy: EventStrategy };

/** How an event is read: its payload, the whole of it, or its payload as it was sent. */
export type EventReading = "data" | "envelope" | "raw";

/** What is done with each event that was consumed. */
export interface EventIterator {
  readonly item: string;
  readonly at: string;
  /** Compiled, like output and export, with item and index bound. */
  readonly do?: TaskList;
  readonly output?: OutputRule;
  readonly export?: OutputRule;
}

/** A person is asked, whose answer is one of the events. */
export interface ApprovalRule {
  /** What is to be decided, for people. */
  readonly title?: string;
  /** Who is meant to answer. */
  readonly role?: string;
  /** What the form must be that comes with an approval. */
  readonly form?: SchemaCheck;
}

export interface ListenTask extends TaskBase {
  readonly kind: "listen";
  readonly approval?: ApprovalRule;
  readonly to: EventStrategy;
  readonly read: EventReading;
  readonly foreach?: EventIterator;
}

export interface EmitTask extends TaskBase {
  readonly kind: "emit";
  /** The attributes and the payload by name. */
  readonly event: readonly (readonly [name: string, value: Template])[];
}

/** Any task. A new kind is one member here, one rules file in the engine, and what the compiler then names. */
export type Task =
  | DoTask
  | SetTask
  | SwitchTask
  | ForTask
  | ForkTask
  | TryTask
  | RaiseTask
  | WaitTask
  | CallTask
  | RunTask
  | ListenTask
  | EmitTask;

/** The kinds of tasks. */
export type TaskKind = Task["kind"];

/** What becomes of a firing while a run of the one before has not ended. */
export type OverlapPolicy = "allow" | "skip" | "buffer-one" | "cancel-other";

/** What becomes of firings that were missed: while no server ran, or while it was busy. */
export type CatchupPolicy = "last" | "all" | "none";

/** When runs of a workflow start by themselves; what the language lacks comes from `metadata.baton.schedule`. */
export interface Schedule extends FiringRule {
  readonly overlap: OverlapPolicy;
  readonly catchup: CatchupPolicy;
  /** How late a missed firing may be and still be made up for; absent: as late as it may. */
  readonly windowMs?: Millis;
  /** Each firing is put off by a random time up to this one. */
  readonly jitterMs: Millis;
  /** The input of each run: `.` holds `scheduledAt`. Absent: null. */
  readonly input?: Template;
}

/** Events that start runs of a workflow. */
export interface EventTrigger {
  readonly strategy: EventStrategy;
  readonly read: EventReading;
}

/** What identifies a definition. */
export interface WorkflowReference {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

/** How many runs of a workflow may go on at a time. */
export interface ConcurrencyRule {
  /** Evaluated on the input of a run: the limit is one for each; absent: for all runs. */
  readonly key?: Template;
  readonly limit: number;
  /** What a run does that is one too many: it waits, it is cancelled, or the ones before it are. */
  readonly onConflict: "wait" | "cancel" | "replace";
}

/** A whole workflow. */
export interface Workflow extends WorkflowReference {
  readonly dsl: string;
  readonly title?: string;
  readonly summary?: string;
  readonly tags: { readonly [key: string]: string };
  /** The document as its author wrote it, for `$workflow.definition`. */
  readonly definition: JsonObject;
  readonly secrets: readonly string[];
  readonly input?: InputRule;
  readonly output?: OutputRule;
  readonly timeout?: DurationTemplate;
  readonly schedule?: Schedule;
  /** `schedule.on`: events start runs. */
  readonly trigger?: EventTrigger;
  readonly retention?: Retention;
  /** Taken from the input when a run starts. */
  readonly attributes?: AttributeRules;
  /** Evaluated on the input of a start: starts that give the same key mean the same run. */
  readonly idempotencyKey?: Template;
  readonly concurrency?: ConcurrencyRule;
  /** Where and when the jobs of its tasks run, as far as these say nothing themselves. */
  readonly placement?: Template;
  readonly do: TaskList;
  /** Every task by its reference. A call's reference is also that of its function's task, which is reached through the call. */
  readonly tasks: ReadonlyMap<string, Task>;
}
