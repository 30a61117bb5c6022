// From syntax to code: names become slots, functions and builtins; what is wrong is collected, and compiling goes on.
import { constantCode, emptyCode, identityCode } from "../code/basic.ts";
import { variableCode } from "../code/bind.ts";
import { arrayCode, objectCode, stringCode, tupleCode } from "../code/build.ts";
import { alternativeCode, breakCode, ifCode, labelCode, logicCode, tryCode } from "../code/choice.ts";
import { assignCode } from "../code/assign.ts";
import type { Code } from "../code/code.ts";
import { fieldsCode, optionalFieldCode } from "../code/fields.ts";
import { iterateCode, optionalIterateCode, recurseCode } from "../code/iterate.ts";
import { binaryCode, negateCode } from "../code/operators.ts";
import { commaCode, pipeCode } from "../code/pipe.ts";
import { indexCode, sliceCode } from "../code/subscript.ts";
import { formatNamed, isFormat, formatNames } from "../builtins/formats.ts";
import type { Ast, AstOf, Entry } from "../syntax/ast.ts";
import { type Diagnostic, diagnostic, didYouMean } from "../syntax/diagnostics.ts";
import { describe } from "../value/describe.ts";
import { resolveBind, resolveForeach, resolveReduce } from "./bindings.ts";
import { resolveCall, withFunction } from "./functions.ts";
import type { Compilation, Place } from "./place.ts";

/** Most calls that are compiled into their callers; beyond that, functions are called at run time. */
const maxInlinedCalls = 2_000;

/** The state of one compilation. */
export class Resolver implements Compilation {
  readonly diagnostics: Diagnostic[] = [];
  /** Names of the host's variables that the program reads. */
  readonly freeVariables = new Set<string>();
  readonly source: string;
  /** The host's variables, in the order of their slots. */
  readonly #hostVariables: readonly string[];
  #inlined = 0;

  constructor(source: string, hostVariables: readonly string[]) {
    this.source = source;
    this.#hostVariables = hostVariables;
  }

  /** Notes what is wrong; the program will not run, so any code will do. */
  problem(message: string, node: { readonly at: number; readonly end: number }, hint?: string): Code {
    this.diagnostics.push(diagnostic(message, node.at, node.end, hint));
    return emptyCode;
  }

  /** Whether one more call may be compiled into its caller. */
  mayInline(): boolean {
    return ++this.#inlined <= maxInlinedCalls;
  }

  /** Compiles a node. */
  resolve(node: Ast, place: Place): Code {
    switch (node.kind) {
      case "identity":
        return identityCode;
      case "recurse":
        return recurseCode.loopAt(node.at);
      case "literal":
        return constantCode(node.value);
      case "location":
        return constantCode({ file: "<top-level>", line: this.source.slice(0, node.at).split("\n").length });
      case "variable":
        return this.#variable(node, place);
      case "call":
        return resolveCall(this, node, place);
      case "define":
        return this.resolve(node.body, { ...place, scope: withFunction(node.definition, place) });
      case "bind":
        return resolveBind(this, node, place);
      case "reduce":
        return resolveReduce(this, node, place);
      case "foreach":
        return resolveForeach(this, node, place);
      case "label":
        return this.#label(node, place);
      case "break":
        return this.#break(node, place);
      default:
        return this.#plain(node, place);
    }
  }

  // Nodes that mean the same wherever they stand.
  #plain(node: Exclude<Ast, AstOf<NamedKind>>, place: Place): Code {
    const code = (inner: Ast): Code => this.resolve(inner, place);
    switch (node.kind) {
      case "string":
      case "format":
        return this.#format(node, place);
      case "index":
        return this.#index(node, place);
      case "slice":
        return this.#slice(node, place);
      case "iterate":
        return node.optional ? optionalIterateCode(code(node.target), node.at) : iterateCode(code(node.target), node.at);
      case "array":
        return this.#array(node, place);
      case "object":
        return objectCode(node.entries.map((entry) => this.#entry(entry, place)));
      case "negate":
        return negateCode(code(node.body), node.at);
      case "pipe":
        return pipeCode(code(node.left), code(node.right));
      case "comma":
        return commaCode(node.items.map(code));
      case "and":
        return logicCode(code(node.left), code(node.right), false);
      case "or":
        return logicCode(code(node.left), code(node.right), true);
      case "alternative":
        return alternativeCode(code(node.left), code(node.right));
      case "binary":
        return binaryCode(node.operator, code(node.left), code(node.right), node.at);
      case "assign":
        return assignCode(node.operator, code(node.left), code(node.right), node.at);
      case "if":
        return ifCode(code(node.condition), code(node.then), node.otherwise ? code(node.otherwise) : identityCode);
      case "try":
        return tryCode(code(node.body), node.handler ? code(node.handler) : emptyCode);
    }
  }

  #variable(node: AstOf<"variable">, { scope, layout }: Place): Code {
    const meaning = scope.find(`$${node.name}`);
    if (meaning?.kind === "variable") {
      if (meaning.level === 0 && meaning.slot < this.#hostVariables.length) this.freeVariables.add(node.name);
      return variableCode(meaning.slot, layout.level - meaning.level);
    }
    if (node.name === "ENV") return constantCode({});
    if (node.name === "JQ_BUILD_CONFIGURATION") return constantCode("");
    const names = [...scope.names()].filter((name) => name.startsWith("$"));
    return this.problem(`$${node.name} is not defined`, node, didYouMean(`$${node.name}`, names));
  }

  #label(node: AstOf<"label">, place: Place): Code {
    const slot = place.layout.allocate();
    const scope = place.scope.with(`*${node.name}`, { kind: "label", slot, level: place.layout.level });
    return labelCode(slot, this.resolve(node.body, { ...place, scope }));
  }

  #break(node: AstOf<"break">, { scope, layout }: Place): Code {
    const meaning = scope.find(`*${node.name}`);
    if (meaning?.kind === "label") return breakCode(meaning.slot, layout.level - meaning.level, node.at);
    return this.problem(`$*label-${node.name} is not defined`, node, `Put label $${node.name} | in front of what it breaks out of.`);
  }

  #index(node: AstOf<"index">, place: Place): Code {
    const target = this.resolve(node.target, place);
    const key = this.resolve(node.key, place);
    const { constant } = key;
    if (typeof constant !== "string") return indexCode(target, key, node.optional, node.at);
    if (!node.optional) return pipeCode(target, fieldsCode([constant], node.at));
    return pipeCode(target, optionalFieldCode(constant));
  }

  #slice(node: AstOf<"slice">, place: Place): Code {
    const bound = (inner: Ast | undefined): Code => (inner ? this.resolve(inner, place) : constantCode(null));
    return sliceCode(this.resolve(node.target, place), bound(node.from), bound(node.to), node.optional, node.at);
  }

  #array(node: AstOf<"array">, place: Place): Code {
    if (node.body?.kind !== "comma") return arrayCode(node.body && this.resolve(node.body, place)).loopAt(node.at);
    const items = node.body.items.map((item) => this.resolve(item, place));
    return items.every((item) => item.isOne) ? tupleCode(items) : arrayCode(commaCode(items));
  }

  #entry(entry: Entry, place: Place) {
    const key = this.resolve(entry.key, place);
    if (entry.key.kind === "literal" && typeof entry.key.value !== "string") {
      this.problem(`Cannot use ${describe(entry.key.value)} as object key`, entry.key, "Keys are strings: use tostring.");
    }
    return { key, value: this.resolve(entry.value, place), at: entry.key.at };
  }

  #format(node: AstOf<"string"> | AstOf<"format">, place: Place): Code {
    const name = node.kind === "format" ? node.name : node.format;
    if (!isFormat(name)) {
      return this.problem(
        `${name.slice(1)} is not a valid format`,
        { at: node.at, end: node.at + name.length },
        didYouMean(name, formatNames),
      );
    }
    const format = formatNamed(name);
    if (node.kind === "format") return stringCode([identityCode], format).loopAt(node.at);
    return stringCode(
      node.parts.map((part) => (typeof part === "string" ? part : this.resolve(part, place))),
      format,
    ).loopAt(node.at);
  }
}

type NamedKind =
  | "identity"
  | "recurse"
  | "literal"
  | "location"
  | "variable"
  | "call"
  | "define"
  | "bind"
  | "reduce"
  | "foreach"
  | "label"
  | "break";
