// Reads the parameters of a request by what its route says of them. Everything that is wrong is told at once.
import { parseWait, type Parameter, type ProblemItem, type Route } from "@baton/api";
import { err, nearest, ok, parseInstant, type Result } from "@baton/core";
import { InvalidRequest } from "./problems.ts";

/** Parameters by name: text as it is, numbers, instants and times to wait as numbers. */
export type ParameterValues = ReadonlyMap<string, string | number>;

/** The query as it came; a name that comes twice gives an array. */
export type RawQuery = { readonly [name: string]: string | readonly string[] | undefined };

const namePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

/** The parameters, or an InvalidRequest with everything that is wrong with them. */
export function readParameters(route: Route, query: RawQuery, headers: RawQuery): ParameterValues {
  const problems: ProblemItem[] = unknownOnes(route, query);
  const values = new Map<string, string | number>();
  for (const parameter of route.parameters) {
    const raw = parameter.in === "query" ? query[parameter.name] : headers[parameter.name.toLowerCase()];
    if (raw === undefined) continue;
    const value = typeof raw === "string" ? readOne(parameter, raw) : err("is given more than once");
    if (value.ok) values.set(parameter.name, value.value);
    else problems.push({ parameter: parameter.name, detail: `${parameter.name} ${value.error}` });
  }
  if (problems.length > 0) throw new InvalidRequest("parameter-invalid", problems.map((problem) => problem.detail).join("; "), problems);
  return values;
}

function unknownOnes(route: Route, query: RawQuery): ProblemItem[] {
  const known = route.parameters.filter((parameter) => parameter.in === "query").map((parameter) => parameter.name);
  return Object.keys(query)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      const suggestion = meant === undefined ? {} : { suggestion: meant };
      const advice = meant === undefined ? `known are: ${known.join(", ") || "none"}` : `did you mean ${meant}?`;
      return { parameter: name, detail: `${name} is not a parameter of this address (${advice})`, ...suggestion };
    });
}

function readOne({ kind }: Parameter, text: string): Result<string | number, string> {
  switch (kind.type) {
    case "text":
      return text.length > 0 && text.length <= kind.maxLength ? ok(text) : err(`must have 1 to ${kind.maxLength} characters`);
    case "name":
      return namePattern.test(text) ? ok(text) : err("must be a name: letters, digits and hyphens, at most 63");
    case "choice":
      return kind.of.includes(text) ? ok(text) : err(notAChoice(text, kind.of));
    case "instant": {
      const at = parseInstant(text);
      return at === undefined ? err('must be an instant such as "2026-12-24T18:00:00Z"') : ok(at);
    }
    case "integer":
      return readInteger(text, kind);
    case "wait": {
      const wait = parseWait(text);
      return wait.ok ? wait : err(`is wrong: ${wait.error}`);
    }
  }
}

function readInteger(text: string, { min, max }: { readonly min: number; readonly max: number }): Result<number, string> {
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? ok(value) : err(`must be a whole number from ${min} to ${max}`);
}

function notAChoice(text: string, choices: readonly string[]): string {
  const meant = nearest(text, choices);
  return `must be one of ${choices.join(", ")}${meant === undefined ? "" : ` (did you mean ${meant}?)`}`;
}
