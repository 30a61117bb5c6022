// Reads filters and orders: `status = waiting AND attributes.amount >= 100 AND NOT flow = "test-*"`.
//
//   filter     = part { AND part } | part { OR part }          AND and OR side by side need parentheses
//   part       = [ NOT | - ] ( "(" filter ")" | comparison )
//   comparison = field operator value
//
// The form is that of AIP-160. Where AIP-160 and SQL disagree (whether AND or OR binds closer), parentheses are asked for.
import { err, nearest, ok, parseDuration, parseInstant, type Instant, type Result } from "@baton/core";
import type { AttributeValue, Comparison, Operator, OrderField, RunFilter, RunOrder, TextColumn, TimeColumn } from "./filter.ts";
import { refuse, Scanner, Unreadable, type FilterProblem, type Token } from "./scan.ts";

/** Characters of a filter. */
export const maxFilterLength = 2_000;
/** Comparisons of a filter. */
export const maxComparisons = 50;
/** Parentheses and NOTs inside one another. */
export const maxFilterDepth = 20;

type Field =
  | { readonly kind: "text"; readonly column: TextColumn; readonly of?: readonly string[] }
  | { readonly kind: "time"; readonly column: TimeColumn }
  | { readonly kind: "duration" | "age" };

const statuses = ["pending", "running", "waiting", "suspended", "completed", "faulted", "cancelled"];

const fields: { readonly [name: string]: Field } = {
  id: { kind: "text", column: "id" },
  status: { kind: "text", column: "status", of: statuses },
  state: { kind: "text", column: "status", of: statuses },
  reason: { kind: "text", column: "reason" },
  namespace: { kind: "text", column: "namespace" },
  flow: { kind: "text", column: "workflow" },
  version: { kind: "text", column: "version" },
  parent: { kind: "text", column: "parentId" },
  forkedFrom: { kind: "text", column: "forkedFrom" },
  incident: { kind: "text", column: "incident" },
  startedAt: { kind: "time", column: "startedAt" },
  endedAt: { kind: "time", column: "endedAt" },
  duration: { kind: "duration" },
  age: { kind: "age" },
};

const fieldForm = /[A-Za-z_][\w-]*(?:\.(?:[\w-]+|"[^"]*"))*/;
const operatorForm = /!=|<=|>=|=|<|>|:/;

/** Reads a filter. Times that are told from now (`age`) are told from the instant given. */
export function parseRunFilter(text: string, now: Instant): Result<RunFilter, FilterProblem> {
  if (text.length > maxFilterLength)
    return err({ message: `the filter has ${text.length} characters, more than ${maxFilterLength}`, offset: 0, length: text.length });
  try {
    return ok(new Reader(text, now).read());
  } catch (error) {
    if (error instanceof Unreadable) return err(error.problem);
    throw error;
  }
}

class Reader {
  readonly #scanner: Scanner;
  readonly #now: Instant;
  #comparisons = 0;

  constructor(text: string, now: Instant) {
    this.#scanner = new Scanner(text);
    this.#now = now;
  }

  read(): RunFilter {
    if (this.#scanner.atEnd) refuse(this.#scanner.end, "the filter is empty", "write a comparison: status = waiting");
    const filter = this.#filter(0);
    if (!this.#scanner.atEnd)
      refuse(this.#scanner.peek(), `\`${this.#scanner.peek().text}\` does not belong here`, "write AND or OR between comparisons");
    return filter;
  }

  #filter(depth: number): RunFilter {
    const parts = [this.#part(depth)];
    let joined: "and" | "or" | undefined;
    for (let word = this.#join(); word !== undefined; word = this.#join()) {
      const kind = word.text.toLowerCase() as "and" | "or";
      if (joined !== undefined && kind !== joined)
        refuse(word, "AND and OR stand side by side", "put parentheses around what belongs together");
      joined = kind;
      parts.push(this.#part(depth));
    }
    return joined === undefined ? (parts[0] as RunFilter) : { kind: joined, parts };
  }

  #join(): Token | undefined {
    return this.#scanner.take(/(?:AND|OR|and|or)(?=[\s(-]|$)/);
  }

  #part(depth: number): RunFilter {
    const { offset } = this.#scanner.peek();
    if (depth > maxFilterDepth) refuse({ offset, length: 1 }, `the filter is nested more than ${maxFilterDepth} levels deep`);
    if (this.#scanner.take(/(?:NOT|not)(?=[\s(])|-(?=[A-Za-z_(])/)) return { kind: "not", part: this.#part(depth + 1) };
    if (!this.#scanner.take(/\(/)) return this.#comparison();
    const inner = this.#filter(depth + 1);
    if (!this.#scanner.take(/\)/)) refuse({ offset, length: 1 }, "the parenthesis that opens here is not closed", "close it with )");
    return inner;
  }

  #comparison(): Comparison {
    const name = this.#scanner.take(fieldForm) ?? this.#notAField();
    if (++this.#comparisons > maxComparisons) refuse(name, `the filter has more than ${maxComparisons} comparisons`);
    const read = this.#fieldOf(name);
    const operator = this.#scanner.take(operatorForm) ?? this.#noOperator(name);
    const value = this.#scanner.takeValue() ?? refuse(this.#scanner.peek(), `there is no value behind \`${operator.text}\``, "write one");
    return read(operator, value);
  }

  #notAField(): never {
    const found = this.#scanner.peek();
    return refuse(
      found,
      found.text === "" ? "the filter ends where a comparison should stand" : `\`${found.text}\` is no field`,
      advice(""),
    );
  }

  #noOperator(name: Token): never {
    const found = this.#scanner.peek();
    return refuse(found.text === "" ? name : found, `there is no operator behind \`${name.text}\``, "write one of = != < <= > >= and :");
  }

  #fieldOf(name: Token): (operator: Token, value: Token) => Comparison {
    const [, group, own] = /^(tags|attributes)\.(.+)$/.exec(name.text) ?? [];
    const inner = own?.replace(/^"(.*)"$/, "$1") ?? "";
    if (group === "tags") return (operator, value) => tagComparison(inner, operator, value);
    if (group === "attributes") return (operator, value) => attributeComparison(inner, operator, value);
    const field = Object.hasOwn(fields, name.text) ? fields[name.text] : undefined;
    if (field === undefined) return refuse(name, `\`${name.text}\` is no field of a run`, advice(name.text));
    return (operator, value) => this.#columnComparison(field, name, operator, value);
  }

  #columnComparison(field: Field, name: Token, operator: Token, value: Token): Comparison {
    if (field.kind === "text")
      return isPresence(operator, value) ? { kind: "has", of: "column", column: field.column } : textComparison(field, operator, value);
    if (field.kind === "time")
      return isPresence(operator, value) ? { kind: "has", of: "column", column: field.column } : timeComparison(field, operator, value);
    if (operator.text === ":")
      refuse(operator, `\`:\` asks for a part of a text, and \`${name.text}\` is a time`, "write one of = != < <= > >=");
    const span = spanOf(value);
    if (field.kind === "duration") return { kind: "duration", operator: operator.text as Operator, value: span, now: this.#now };
    return { kind: "time", column: "startedAt", operator: turned(operator.text as Operator), value: this.#now - span };
  }
}

function advice(name: string): string {
  const names = [...Object.keys(fields), "tags.NAME", "attributes.NAME"];
  const near = name === "" ? undefined : nearest(name, names);
  return near === undefined ? `fields are ${names.join(", ")}` : `did you mean ${near}?`;
}

/** `x:*` asks whether it is there. */
function isPresence(operator: Token, value: Token): boolean {
  return operator.text === ":" && value.text === "*" && !value.quoted;
}

/** A run is older than that where it started before. */
function turned(operator: Operator): Operator {
  const others: { readonly [operator: string]: Operator } = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
  return others[operator] ?? operator;
}

function textComparison({ column, of }: Extract<Field, { kind: "text" }>, operator: Token, value: Token): Comparison {
  const pattern = isPattern(operator, value);
  if (isOrder(operator)) {
    if (column !== "id")
      refuse(operator, `\`${operator.text}\` needs an order, and this field has none`, "write = or !=, with * for any characters");
  } else if (of !== undefined && !pattern && operator.text !== ":" && !of.includes(value.text)) {
    const near = nearest(value.text, of);
    refuse(value, `\`${value.text}\` is no status`, near === undefined ? `they are ${of.join(", ")}` : `did you mean ${near}?`);
  }
  return { kind: "text", column, operator: operator.text as Operator, value: value.text, pattern };
}

function isOrder({ text }: Token): boolean {
  return text.startsWith("<") || text.startsWith(">");
}

function isPattern({ text: operator }: Token, { text, quoted }: Token): boolean {
  return (operator === "=" || operator === "!=") && !quoted && text.includes("*");
}

function timeComparison({ column }: { readonly column: TimeColumn }, operator: Token, value: Token): Comparison {
  if (operator.text === ":")
    refuse(operator, "`:` asks for a part of a text, and this is a time", "write one of = != < <= > >=, or :* for whether it is there");
  const day = /^\d{4}-\d\d-\d\d$/.test(value.text) ? `${value.text}T00:00:00Z` : value.text;
  const instant =
    parseInstant(day) ??
    refuse(value, `\`${value.text}\` is not a time`, "write 2026-12-24 (its start, UTC) or 2026-12-24T18:00:00Z; age < 2h counts from now");
  return { kind: "time", column, operator: operator.text as Operator, value: instant };
}

const unitMs: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `2h`, `PT1H30M`. */
function spanOf(value: Token): number {
  const short = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(value.text);
  if (short) return Math.round(Number(short[1]) * (unitMs[short[2] ?? ""] ?? 1));
  const parsed = parseDuration(value.text);
  if (parsed.ok && parsed.value.months === 0) return parsed.value.ms;
  return refuse(value, `\`${value.text}\` is not a length of time`, "write 90s, 15m, 2h, 7d or PT1H30M");
}

function tagComparison(name: string, operator: Token, value: Token): Comparison {
  if (isPresence(operator, value)) return { kind: "has", of: "tag", name };
  if (isOrder(operator)) refuse(operator, "tags are texts without an order", "write = or !=, with * for any characters");
  return { kind: "tag", name, operator: operator.text as Operator, value: value.text, pattern: isPattern(operator, value) };
}

function attributeComparison(name: string, operator: Token, token: Token): Comparison {
  if (isPresence(operator, token)) return { kind: "has", of: "attribute", name };
  const value = operator.text === ":" ? token.text : typed(token);
  if (typeof value === "boolean" && isOrder(operator)) refuse(operator, "true and false have no order", "write = or !=");
  return {
    kind: "attribute",
    name,
    operator: operator.text as Operator,
    value,
    pattern: typeof value === "string" && isPattern(operator, token),
  };
}

/** A value without quotes that looks like a number, or is true or false, is one. */
function typed({ text, quoted }: Token): AttributeValue {
  if (quoted) return text;
  if (text === "true" || text === "false") return text === "true";
  const number = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : text;
}

const orderFields: { readonly [name: string]: OrderField } = {
  id: "id",
  startedAt: "startedAt",
  endedAt: "endedAt",
  flow: "workflow",
  status: "status",
};

/** Reads an order: a field, and `asc` or `desc` behind it. */
export function parseRunOrder(text: string): Result<RunOrder, FilterProblem> {
  const [, name = "", , direction = "asc", rest] = /^\s*(\S*)(\s+(\S+))?(\s.*\S)?\s*$/.exec(text) ?? [];
  const whole = { offset: 0, length: Math.max(1, text.length) };
  const field = Object.hasOwn(orderFields, name) ? orderFields[name] : undefined;
  const names = Object.keys(orderFields);
  if (field === undefined) {
    const near = nearest(name, names);
    return err({
      ...whole,
      message: `runs cannot be ordered by \`${name}\``,
      advice: near === undefined ? `it can be ${names.join(", ")}` : `did you mean ${near}?`,
    });
  }
  if ((direction !== "asc" && direction !== "desc") || rest !== undefined)
    return err({ ...whole, message: "an order is one field with asc or desc behind it", advice: `write ${name} desc` });
  return ok({ field, descending: direction === "desc" });
}
