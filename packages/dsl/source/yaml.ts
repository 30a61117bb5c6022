// YAML 1.2 (core schema) to a syntax tree. What would make a document mean different things to different
// readers is refused: several documents, merge keys, tags of one's own, keys that are not scalars.
import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type ParsedNode,
  type Scalar,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { maxAliasedValues, maxDiagnostics, maxNesting } from "../limits.ts";
import type { Problems } from "../problems.ts";
import { warnImprecise } from "./imprecise.ts";
import { mappingNode, sequenceNode, type Entry, type Range, type ScalarNode, type ScalarStyle, type SourceNode } from "./node.ts";

const options = {
  version: "1.2",
  schema: "core",
  merge: false,
  uniqueKeys: false,
  prettyErrors: false,
  strict: true,
  logLevel: "silent",
} as const;

/** Parses YAML text; undefined when it has no tree, and then there are problems that say why. */
export function parseYaml(text: string, problems: Problems): SourceNode | undefined {
  const documents = compose(text, problems);
  const [document, second] = documents;
  if (document === undefined) return undefined;
  if (second !== undefined) {
    const at = rangeOf(second.contents, { start: second.range[0], end: second.range[0] });
    problems.add(
      "unsupported-yaml",
      at,
      undefined,
      "A file holds one workflow, but here another YAML document begins",
      "put it into a file of its own",
    );
    return undefined;
  }
  if (document.errors.length > 0) {
    reportSyntax(document.errors, text, problems);
    return undefined;
  }
  if (document.contents === null) {
    problems.add(
      "wrong-type",
      { start: 0, end: 0 },
      undefined,
      "The document is empty",
      "a workflow has at least the keys `document` and `do`",
    );
    return undefined;
  }
  return new TreeBuilder(text, problems).build(document.contents);
}

/**
 * Runs the stages of the parser one by one, so that the nesting is known before anything recursive walks it, and a
 * text that is hopeless is not read to its end.
 */
function compose(text: string, problems: Problems): Document.Parsed[] {
  const parser = new Parser();
  const composer = new Composer(options);
  const documents: Document.Parsed[] = [];
  let errors = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === "error") errors++;
      documents.push(...composer.next(token));
    }
    if (parser.stack.length > maxNesting) {
      const at = { start: parser.offset, end: parser.offset + 1 };
      problems.add("nesting-too-deep", at, undefined, `Values lie more than ${maxNesting} levels deep in one another`);
      return [];
    }
    if (documents.length > 1 || errors > maxDiagnostics) return [...documents, ...composer.end(true, parser.offset)];
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(true, text.length));
  return documents;
}

const adviceOn: { readonly [code: string]: string } = {
  BLOCK_AS_IMPLICIT_KEY: "put a text that holds `: ` in quotes",
  TAB_AS_INDENT: "indent with spaces",
  BAD_SCALAR_START: "put the text in quotes",
  BAD_INDENT: "indent it further than the key that it belongs to, and close every bracket",
  MULTILINE_IMPLICIT_KEY: "check the indentation of this line and the next",
  BAD_DQ_ESCAPE: "write \\\\ for a backslash, or use single quotes",
};

/** One message per line: what follows an error on its line is mostly its consequence. */
function reportSyntax(errors: readonly YAMLError[], text: string, problems: Problems): void {
  let lastLineEnd = -1;
  for (const { code, message, pos } of errors) {
    if (pos[0] <= lastLineEnd) continue;
    const lineEnd = text.indexOf("\n", pos[0]);
    lastLineEnd = lineEnd < 0 ? text.length : lineEnd;
    problems.add("yaml-syntax", { start: pos[0], end: Math.min(pos[1], lastLineEnd) }, undefined, `Not YAML: ${message}`, adviceOn[code]);
  }
}

const styles: { readonly [type: string]: ScalarStyle } = {
  PLAIN: "plain",
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_LITERAL: "literal",
  BLOCK_FOLDED: "folded",
};
const coreTag = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

interface Anchored {
  readonly node: SourceNode;
  /** How many values it holds, itself included. */
  readonly size: number;
}

class TreeBuilder {
  readonly #text: string;
  readonly #problems: Problems;
  readonly #anchors = new Map<string, Anchored>();
  #values = 0;
  #aliased = 0;

  constructor(text: string, problems: Problems) {
    this.#text = text;
    this.#problems = problems;
  }

  build(root: ParsedNode): SourceNode {
    return this.#node(root, undefined, { start: 0, end: 0 });
  }

  #node(source: Node | null, label: Range | undefined, fallback: Range): SourceNode {
    const before = this.#values++;
    const at = rangeOf(source, fallback);
    if (isAlias(source)) return this.#alias(source, at, label ?? at);
    this.#checkTag(source, at);
    const node = this.#value(source, at, label ?? at);
    const anchor = isMap(source) || isSeq(source) || isScalar(source) ? source.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, { node, size: this.#values - before });
    return node;
  }

  #value(source: Node | null, at: Range, label: Range): SourceNode {
    if (isMap(source)) return this.#mapping(source, at, label);
    if (isSeq(source)) return this.#sequence(source, at, label);
    return isScalar(source) ? this.#scalar(source, at, label) : nullNode(at, label);
  }

  #sequence(source: YAMLSeq, at: Range, label: Range): SourceNode {
    return sequenceNode(
      source.items.map((item) => this.#node(item as Node | null, undefined, at)),
      at,
      label,
    );
  }

  #mapping(source: YAMLMap, at: Range, label: Range): SourceNode {
    const entries = new Map<string, Entry>();
    for (const pair of source.items as Pair<Node | null, Node | null>[]) {
      const keyAt = rangeOf(pair.key, at);
      const key = this.#key(pair.key, keyAt);
      if (key === undefined) continue;
      if (entries.has(key)) {
        this.#problems.add("duplicate-key", keyAt, undefined, `"${key}" is written twice in this mapping`, "remove one of the two");
        continue;
      }
      entries.set(key, { key, at: keyAt, value: this.#node(pair.value, keyAt, { start: keyAt.end, end: keyAt.end }) });
    }
    return mappingNode(entries, at, label);
  }

  /** A key's text. Numbers and the like are keys as they are written, as in JSON all keys are text. */
  #key(source: Node | null, at: Range): string | undefined {
    if (!isScalar(source)) {
      this.#problems.add("unsupported-yaml", at, undefined, "A key must be a text", "write a plain word");
      return undefined;
    }
    const key = source.type === "PLAIN" ? (source.source ?? "") : String(source.value);
    if (key === "<<" && source.type === "PLAIN") {
      this.#problems.add(
        "unsupported-yaml",
        at,
        undefined,
        "Merge keys (`<<`) belong to YAML 1.1 and are not supported",
        "write the keys out, or use an alias for the whole value",
      );
      return undefined;
    }
    return key;
  }

  #scalar(source: Scalar, at: Range, label: Range): ScalarNode {
    const style = styles[source.type ?? "PLAIN"] ?? "plain";
    const value = source.value;
    const json =
      typeof value === "string" || typeof value === "boolean" ? value : typeof value === "number" ? this.#number(value, at) : null;
    return { kind: "scalar", style, json, start: at.start, end: at.end, label };
  }

  #number(value: number, at: Range): number {
    const written = this.#text.slice(at.start, at.end);
    if (!Number.isFinite(value))
      this.#problems.add("invalid-value", at, undefined, `${written} is no JSON number`, "put it in quotes where a text is meant");
    else warnImprecise(value, written, at, this.#problems);
    return value;
  }

  #alias(source: Alias, at: Range, label: Range): SourceNode {
    const anchored = this.#anchors.get(source.source);
    if (anchored === undefined) {
      const message = `There is no finished anchor \`&${source.source}\` before this alias`;
      this.#problems.add("unknown-alias", at, undefined, message, "an anchor must come before its aliases, and cannot hold itself");
      return this.#unread(at, label);
    }
    this.#values += anchored.size;
    this.#aliased += anchored.size;
    if (this.#aliased <= maxAliasedValues) return anchored.node;
    this.#problems.add("too-many-aliased-values", at, undefined, `Aliases add more than ${maxAliasedValues} values to the document`);
    return this.#unread(at, label);
  }

  /** The stand-in for a value that cannot be read. */
  #unread(at: Range, label: Range): SourceNode {
    const node = nullNode(at, label);
    this.#problems.silence(node);
    return node;
  }

  #checkTag(source: Node | null, at: Range): void {
    const tag = source?.tag;
    if (tag === undefined || coreTag.test(tag)) return;
    this.#problems.add(
      "unsupported-yaml",
      at,
      undefined,
      `The tag ${tag} is not supported`,
      "remove it: a workflow holds only JSON values",
    );
  }
}

function nullNode(at: Range, label: Range): ScalarNode {
  return { kind: "scalar", style: "plain", json: null, start: at.start, end: at.end, label };
}

function rangeOf(source: Node | null, fallback: Range): Range {
  const range = source?.range;
  return range ? { start: range[0], end: range[1] } : fallback;
}
