// How parameters are written (OpenAPI 3.1, "Style Values"; Swagger 2.0, `collectionFormat`), each place in its own way.
import { isArray, isObject, type Json } from "@baton/core";
import type { Operation, Parameter } from "./operation.ts";

/** A value as it is written into a request: pairs of name and value, the value encoded for its place. */
type Pair = readonly [name: string, value: string];

interface Style {
  readonly style: string;
  readonly explode: boolean;
  /** The media type that the value is written as, where the document says one (`content`). */
  readonly content: string | undefined;
  readonly reserved: boolean;
}

const defaultStyles: { readonly [place: string]: string } = { path: "simple", query: "form", header: "simple", cookie: "form" };
const collections: { readonly [format: string]: readonly [style: string, explode: boolean] } = {
  csv: ["form", false],
  ssv: ["spaceDelimited", false],
  tsv: ["tabDelimited", false],
  pipes: ["pipeDelimited", false],
  multi: ["form", true],
};

function styleOf({ version }: Pick<Operation, "version">, { in: place, description }: Parameter): Style {
  if (version === 2) {
    const [style, explode] = collections[textOf(description["collectionFormat"] ?? "csv")] ?? ["form", false];
    return {
      style: place === "path" || place === "header" ? (style === "form" ? "simple" : style) : style,
      explode,
      content: undefined,
      reserved: false,
    };
  }
  const style = typeof description["style"] === "string" ? description["style"] : (defaultStyles[place] ?? "form");
  const explode = typeof description["explode"] === "boolean" ? description["explode"] : style === "form";
  const content = isObject(description["content"]) ? Object.keys(description["content"])[0] : undefined;
  return { style, explode, content, reserved: description["allowReserved"] === true };
}

/** Percent-encodes everything but unreserved characters (RFC 3986). */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Encodes, but leaves the reserved characters that a query may hold as they are; a percent-encoded octet too. */
function encodeReserved(text: string): string {
  return encodeURI(text.toWellFormed())
    .replaceAll(/%25(?=[\da-f]{2})/gi, "%")
    .replaceAll(/[#&=+[\]]/g, encode);
}

/** A single value as text. */
export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const delimiters: { readonly [style: string]: string } = { spaceDelimited: "%20", pipeDelimited: "%7C", tabDelimited: "%09" };

/** A path parameter's text, in place of `{name}`. */
export function pathText(operation: Operation, parameter: Parameter, value: Json): string {
  const { style, explode, content } = styleOf(operation, parameter);
  if (content !== undefined) return encode(JSON.stringify(value));
  const { name } = parameter;
  if (style === "matrix") return matrixText(name, value, explode);
  const separator = style === "label" ? (explode ? "." : ",") : (delimiters[style] ?? ",");
  return (style === "label" ? "." : "") + flat(value, separator, explode, encode);
}

function matrixText(name: string, value: Json, explode: boolean): string {
  const own = encode(name);
  if (!explode || !isStructured(value)) return `;${own}=${flat(value, ",", false, encode)}`;
  if (isArray(value)) return value.map((item) => `;${own}=${encode(textOf(item))}`).join("");
  return entries(value)
    .map(([key, item]) => `;${encode(key)}=${encode(item)}`)
    .join("");
}

function isStructured(value: Json): boolean {
  return isArray(value) || isObject(value);
}

function entries(value: Json): Pair[] {
  return Object.entries(isObject(value) ? value : {}).flatMap(([key, item]) => (item === null ? [] : [[key, textOf(item)] as const]));
}

/** All parts of a value in one text: `a,b`, `key,value` or, exploded, `key=value`. */
function flat(value: Json, separator: string, explode: boolean, write: (text: string) => string): string {
  if (isArray(value)) return value.map((item) => write(textOf(item))).join(separator);
  if (!isObject(value)) return write(textOf(value));
  return entries(value)
    .flatMap(([key, item]) => (explode ? [`${write(key)}=${write(item)}`] : [write(key), write(item)]))
    .join(separator);
}

/** The pieces that a query parameter adds to the query. */
export function queryPieces(operation: Operation, parameter: Parameter, value: Json): string[] {
  const { style, explode, content, reserved } = styleOf(operation, parameter);
  const write = reserved ? encodeReserved : encode;
  const name = encode(parameter.name);
  if (content !== undefined) return [`${name}=${write(JSON.stringify(value))}`];
  if (style === "deepObject" && isObject(value)) return deep(parameter.name, value).map(([key, item]) => `${encode(key)}=${write(item)}`);
  if (isStructured(value) && explode) {
    if (isArray(value)) return value.map((item) => `${name}=${write(textOf(item))}`);
    return entries(value).map(([key, item]) => `${encode(key)}=${write(item)}`);
  }
  return [`${name}=${flat(value, delimiters[style] ?? ",", false, write)}`];
}

function deep(name: string, value: Json): Pair[] {
  if (isArray(value)) return value.flatMap((item) => deep(name, item));
  if (!isObject(value)) return value === null ? [] : [[name, textOf(value)]];
  return Object.entries(value).flatMap(([key, item]) => deep(`${name}[${key}]`, item));
}

/** A header parameter's value. */
export function headerText(operation: Operation, parameter: Parameter, value: Json): string {
  const { explode, content } = styleOf(operation, parameter);
  return content === undefined ? flat(value, ",", explode, (text) => text) : JSON.stringify(value);
}

/** The cookies that a parameter amounts to. */
export function cookiePieces(operation: Operation, parameter: Parameter, value: Json): string[] {
  return queryPieces(operation, parameter, value);
}
