// Compiles a schema to closures: no code is generated, every check has a budget. A schema is compiled when its
// first value comes, each part of it once; a part that refers to itself is met again as a closure.
import { get, isObject, type Json, type JsonObject } from "@baton/core";
import type { SchemaProblem } from "../ir.ts";
import { addEvaluated, applicators, tracksEvaluation, unevaluated, type SchemaCompiler } from "./applicators.ts";
import { assertions } from "./assertions.ts";
import { refStandsAlone, type Dialect } from "./dialect.ts";
import { findPlaces, referenceKeywords, resolveReference, type SchemaPlaces } from "./references.ts";
import { CheckEnd, Run, type Evaluated, type Validator } from "./run.ts";

/** Compiles a schema that was checked to be one; gives what finds all problems of a value. */
export function compileValidator(root: Json, dialect: Dialect): (value: Json) => readonly SchemaProblem[] {
  const validator = new ValidatorBuilder(root, dialect).compile(root);
  return (value) => {
    const run = new Run();
    try {
      run.apply(validator, value, undefined, undefined);
    } catch (error) {
      if (!(error instanceof CheckEnd)) throw error;
      return [...run.problems, { pointer: "", message: error.message }];
    }
    return run.problems;
  };
}

const anything: Validator = () => true;
const nothing: Validator = (_value, path, run) => run.fail(path, "must not be there");

class ValidatorBuilder implements SchemaCompiler {
  readonly dialect: Dialect;
  readonly #places: SchemaPlaces;
  readonly #compiled = new Map<JsonObject, Validator>();

  constructor(root: Json, dialect: Dialect) {
    this.dialect = dialect;
    this.#places = findPlaces(root);
  }

  readonly compile = (schema: Json): Validator => {
    if (!isObject(schema)) return schema === false ? nothing : anything;
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    // Stands for the schema while its parts, which may refer back to it, are compiled.
    this.#compiled.set(schema, (value, path, run, evaluated) => built(value, path, run, evaluated));
    const built = this.#build(schema);
    this.#compiled.set(schema, built);
    return built;
  };

  #build(schema: JsonObject): Validator {
    const reference = this.#reference(schema);
    if (reference !== undefined && refStandsAlone(this.dialect)) return reference;
    const checks = [
      ...(reference === undefined ? [] : [reference]),
      ...Object.entries(schema).flatMap(([keyword, value]) => assertions.get(keyword)?.(value, schema) ?? []),
      ...applicators.flatMap((applicator) => applicator(schema, this) ?? []),
    ];
    const rest = unevaluated(schema, this);
    if (rest !== undefined && tracksEvaluation(schema)) return tracking(checks, rest);
    const [only, ...others] = checks;
    if (only === undefined) return anything;
    return others.length === 0 ? only : all(checks);
  }

  #reference(schema: JsonObject): Validator | undefined {
    const reference = referenceKeywords.map((keyword) => get(schema, keyword)).find((value) => typeof value === "string");
    const target = typeof reference === "string" ? resolveReference(this.#places, schema, reference) : undefined;
    if (target === undefined) return undefined;
    // Compiled now, so that the budget of a check pays for checking alone; applied as a step of its own.
    const validator = this.compile(target);
    return (value, path, run, evaluated) =>
      run.apply(isObject(target) ? (this.#compiled.get(target) ?? validator) : validator, value, path, evaluated);
  }
}

function all(checks: readonly Validator[]): Validator {
  return (value, path, run, evaluated) => {
    let valid = true;
    for (const check of checks) if (!check(value, path, run, evaluated)) valid = false;
    return valid;
  };
}

/** A schema with an `unevaluated` keyword: it notes for itself what its other keywords look at. */
function tracking(checks: readonly Validator[], rest: Validator): Validator {
  return (value, path, run, outer) => {
    const own: Evaluated = { keys: new Set(), items: new Set() };
    const valid = all(checks)(value, path, run, own);
    const restValid = rest(value, path, run, own);
    if (outer !== undefined) addEvaluated(outer, own);
    return valid && restValid;
  };
}
