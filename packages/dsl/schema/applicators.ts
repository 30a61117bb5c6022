// The keywords that apply other schemas, to the same value or to what is in it (JSON Schema 2020-12, sections 10, 11).
import { get, isArray, isObject, type Json, type JsonObject } from "@baton/core";
import { assertions } from "./assertions.ts";
import { hasPrefixItems, type Dialect } from "./dialect.ts";
import { compilePattern } from "./pattern.ts";
import type { Evaluated, Path, Run, Validator } from "./run.ts";

/** What compiling a keyword needs to know. */
export interface SchemaCompiler {
  readonly dialect: Dialect;
  /** Compiles a schema inside this one; each is compiled once. */
  readonly compile: (schema: Json) => Validator;
}

type Applicator = (schema: JsonObject, compiler: SchemaCompiler) => Validator | undefined;

/** The applicators, each of which looks at the keywords that belong together; unevaluated ones come last and apart. */
export const applicators: readonly Applicator[] = [
  allOf,
  anyOf,
  oneOf,
  not,
  conditional,
  properties,
  propertyNames,
  dependentSchemas,
  items,
  contains,
];

function schemasOf(schema: JsonObject, keyword: string, { compile }: SchemaCompiler): Validator[] | undefined {
  const list = get(schema, keyword);
  return isArray(list) ? list.map((inner) => compile(inner)) : undefined;
}

function schemaOf(schema: JsonObject, keyword: string, { compile }: SchemaCompiler): Validator | undefined {
  const inner = get(schema, keyword);
  return inner === undefined ? undefined : compile(inner);
}

function entriesOf(schema: JsonObject, keyword: string): [string, Json][] {
  const map = get(schema, keyword);
  return map !== undefined && isObject(map) ? Object.entries(map) : [];
}

/** Applies a schema of which only success counts; what it evaluated counts only then. */
function tryBranch(validator: Validator, value: Json, path: Path | undefined, run: Run, evaluated: Evaluated | undefined): boolean {
  if (evaluated === undefined) return run.test(validator, value, path, undefined);
  const own: Evaluated = { keys: new Set(), items: new Set() };
  const valid = run.test(validator, value, path, own);
  if (valid) addEvaluated(evaluated, own);
  return valid;
}

/** Adds what an inner schema evaluated to what an outer one knows. */
export function addEvaluated(outer: Evaluated, inner: Evaluated): void {
  for (const key of inner.keys) outer.keys.add(key);
  for (const index of inner.items) outer.items.add(index);
}

function allOf(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const branches = schemasOf(schema, "allOf", compiler);
  return (
    branches && ((value, path, run, evaluated) => !branches.map((branch) => run.apply(branch, value, path, evaluated)).includes(false))
  );
}

function anyOf(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const branches = schemasOf(schema, "anyOf", compiler);
  return (
    branches &&
    ((value, path, run, evaluated) => {
      // Where evaluation is tracked, every branch that holds counts, not only the first.
      const holds = (branch: Validator): boolean => tryBranch(branch, value, path, run, evaluated);
      const valid = evaluated === undefined ? branches.some(holds) : branches.filter(holds).length > 0;
      return valid || run.fail(path, "must match one of several schemas, but matches none");
    })
  );
}

function oneOf(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const branches = schemasOf(schema, "oneOf", compiler);
  return (
    branches &&
    ((value, path, run, evaluated) => {
      const matching = branches.filter((branch) => tryBranch(branch, value, path, run, evaluated)).length;
      return (
        matching === 1 || run.fail(path, `must match exactly one of several schemas, but matches ${matching === 0 ? "none" : matching}`)
      );
    })
  );
}

function not(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const inner = schemaOf(schema, "not", compiler);
  return (
    inner && ((value, path, run) => !run.test(inner, value, path, undefined) || run.fail(path, "matches a schema that it must not match"))
  );
}

function conditional(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const condition = schemaOf(schema, "if", compiler);
  const [yes, no] = [schemaOf(schema, "then", compiler), schemaOf(schema, "else", compiler)];
  if (condition === undefined) return undefined;
  return (value, path, run, evaluated) => {
    const branch = tryBranch(condition, value, path, run, evaluated) ? yes : no;
    return branch === undefined || run.apply(branch, value, path, evaluated);
  };
}

function properties(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const named = new Map(entriesOf(schema, "properties").map(([name, inner]) => [name, compiler.compile(inner)]));
  const patterns = entriesOf(schema, "patternProperties").flatMap(([source, inner]) => {
    const pattern = compilePattern(source);
    return pattern.ok ? { matches: pattern.value, validator: compiler.compile(inner) } : [];
  });
  const additional = schemaOf(schema, "additionalProperties", compiler);
  if (named.size === 0 && patterns.length === 0 && additional === undefined) return undefined;
  const forbidden = get(schema, "additionalProperties") === false;
  return (value, path, run, evaluated) => {
    if (!isObject(value)) return true;
    let valid = true;
    for (const key of Object.keys(value)) {
      const own = named.get(key);
      const validators = patterns.filter(({ matches }) => matches(key, run)).map(({ validator }) => validator);
      if (own !== undefined) validators.push(own);
      const rest = validators.length === 0 ? additional : undefined;
      if (rest !== undefined) validators.push(rest);
      if (validators.length > 0) evaluated?.keys.add(key);
      if (rest !== undefined && forbidden) valid = run.fail(path, `the property ${JSON.stringify(key)} is not allowed`);
      else for (const validator of validators) valid = run.apply(validator, value[key] as Json, { parent: path, key }, undefined) && valid;
    }
    return valid;
  };
}

function propertyNames(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const names = schemaOf(schema, "propertyNames", compiler);
  if (names === undefined) return undefined;
  return (value, path, run) => {
    if (!isObject(value)) return true;
    const wrong = Object.keys(value).filter((key) => !run.test(names, key, path, undefined));
    for (const key of wrong) run.fail(path, `the property name ${JSON.stringify(key)} is not allowed`);
    return wrong.length === 0;
  };
}

function dependentSchemas(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const required = assertions.get("dependentRequired");
  const dependencies = entriesOf(schema, "dependencies");
  const lists = Object.fromEntries(dependencies.filter(([, needed]) => isArray(needed)));
  const requirement = required?.(lists, schema);
  const schemas = [...entriesOf(schema, "dependentSchemas"), ...dependencies.filter(([, inner]) => !isArray(inner))];
  const triggers = schemas.map(([name, inner]) => ({ name, validator: compiler.compile(inner) }));
  if (triggers.length === 0 && Object.keys(lists).length === 0) return undefined;
  return (value, path, run, evaluated) => {
    if (!isObject(value)) return true;
    let valid = requirement?.(value, path, run, evaluated) ?? true;
    for (const { name, validator } of triggers)
      if (Object.hasOwn(value, name)) valid = run.apply(validator, value, path, evaluated) && valid;
    return valid;
  };
}

function items(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const tupleKeyword = hasPrefixItems(compiler.dialect) ? "prefixItems" : "items";
  const restKeyword = hasPrefixItems(compiler.dialect) || !isArray(get(schema, "items")) ? "items" : "additionalItems";
  const tuple = schemasOf(schema, tupleKeyword, compiler) ?? [];
  const rest = schemaOf(schema, restKeyword, compiler);
  if (tuple.length === 0 && rest === undefined) return undefined;
  return (value, path, run, evaluated) => {
    if (!isArray(value)) return true;
    let valid = true;
    value.forEach((item, index) => {
      const validator = tuple[index] ?? rest;
      if (validator === undefined) return;
      evaluated?.items.add(index);
      valid = run.apply(validator, item, { parent: path, key: index }, undefined) && valid;
    });
    return valid;
  };
}

function contains(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const inner = schemaOf(schema, "contains", compiler);
  if (inner === undefined) return undefined;
  const least = Number(get(schema, "minContains") ?? 1);
  const most = Number(get(schema, "maxContains") ?? Infinity);
  const marks = hasPrefixItems(compiler.dialect);
  return (value, path, run, evaluated) => {
    if (!isArray(value)) return true;
    let matching = 0;
    value.forEach((item, index) => {
      if (!run.test(inner, item, path, undefined)) return;
      matching++;
      if (marks) evaluated?.items.add(index);
    });
    if (matching < least) return run.fail(path, `must contain at least ${least} of the items asked for, but contains ${matching}`);
    return matching <= most || run.fail(path, `must contain at most ${most} of the items asked for, but contains ${matching}`);
  };
}

/** What `unevaluatedProperties` and `unevaluatedItems` say of that which no other keyword looked at. */
export function unevaluated(schema: JsonObject, compiler: SchemaCompiler): Validator | undefined {
  const keys = schemaOf(schema, "unevaluatedProperties", compiler);
  const indexes = schemaOf(schema, "unevaluatedItems", compiler);
  if (keys === undefined && indexes === undefined) return undefined;
  return (value, path, run, evaluated) => {
    if (isObject(value) && keys !== undefined) return checkRest(Object.keys(value), evaluated?.keys, value, keys, path, run);
    if (isArray(value) && indexes !== undefined) return checkRest([...value.keys()], evaluated?.items, value, indexes, path, run);
    return true;
  };
}

function checkRest<Key extends string | number>(
  all: readonly Key[],
  seen: Set<Key> | undefined,
  value: { readonly [key: string | number]: Json } | readonly Json[],
  validator: Validator,
  path: Path | undefined,
  run: Run,
): boolean {
  let valid = true;
  for (const key of all) {
    if (seen?.has(key)) continue;
    seen?.add(key);
    const inner = (value as { readonly [key: string | number]: Json })[key] as Json;
    valid = run.apply(validator, inner, { parent: path, key }, undefined) && valid;
  }
  return valid;
}

/** Whether a keyword makes a schema track what its neighbours evaluate. */
export function tracksEvaluation(schema: JsonObject): boolean {
  return Object.hasOwn(schema, "unevaluatedProperties") || Object.hasOwn(schema, "unevaluatedItems");
}
