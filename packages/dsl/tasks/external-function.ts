// Functions that lie elsewhere (dsl.md, "Catalogs" and "Using a Custom Function"): named by a URL, or as
// `name:version@catalog`, of which `default` is the runtime's own. Their text is a resource of the flow: fetched at registration, and kept with the version.
// Such a function is a document of its own: of the caller's definitions it sees the catalogs alone, it is evaluated in
// the standard way, and what is wrong in it is told at the call, with the line in the function.
import { child, emptyScope, type Context } from "../context.ts";
import { broughtByWorkers, catalogAddress, defaultCatalog, functionNameProblem, type CatalogedFunction } from "../default-catalog.ts";
import { readEndpoint } from "../endpoint.ts";
import { standardEvaluation } from "../evaluation.ts";
import type { EndpointTemplate, Task } from "../ir.ts";
import { maxFunctionDepth } from "../limits.ts";
import { Problems } from "../problems.ts";
import { didYouMean, invalid } from "../read.ts";
import { resourceText } from "../resources.ts";
import { parseYaml } from "../source/yaml.ts";
import { SourceText } from "../source/text.ts";
import type { TextNode } from "../source/node.ts";

/** A function's place in a catalog. */
const cataloged = /^([^\s:@/]+):([^\s:@/]+)@([^\s:@/]+)$/;
const url = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Whether a call names a function that lies elsewhere. */
export function isExternal(name: string): boolean {
  return url.test(name) || cataloged.test(name);
}

/** Compiles such a function under the call's reference, or names the code that workers bring; undefined: it is not there yet, or it is wrong. */
export function compileExternal(cx: Context, call: TextNode, reference: string): Task | CatalogedFunction | undefined {
  const endpoint = endpointOf(cx, call);
  if (endpoint === undefined || isCircular(cx, call)) return undefined;
  const text = resourceText(cx, call, { endpoint }, `The function \`${call.json}\``);
  if (text === undefined) return undefined;
  return (text === broughtByWorkers ? codeNamed(cx, call.json) : undefined) ?? compileText(cx, call, text, reference);
}

/** Only the runtime's own catalog says that a function is code. */
function codeNamed(cx: Context, call: string): CatalogedFunction | undefined {
  const [, name = "", version = "", catalog] = cataloged.exec(call) ?? [];
  return catalog === defaultCatalog && !cx.catalogs.has(catalog) ? { name, version } : undefined;
}

function endpointOf(cx: Context, call: TextNode): EndpointTemplate | undefined {
  const [, name = "", version = "", catalog = ""] = cataloged.exec(call.json) ?? [];
  if (name === "") return at(rawAddress(withFile(call.json)));
  if (catalog === defaultCatalog && !cx.catalogs.has(catalog)) return inDefaultCatalog(cx, call, { name, version });
  const root = rootOf(cx, catalog, call);
  if (root === undefined || root.kind !== "uri") return root;
  const address = `${root.parts
    .filter((part) => typeof part === "string")
    .join("")
    .replace(/\/+$/, "")}/functions/${name}/${version}/function.yaml`;
  return { ...root, parts: [rawAddress(address)] };
}

function inDefaultCatalog(cx: Context, call: TextNode, wanted: CatalogedFunction): EndpointTemplate | undefined {
  const problem = functionNameProblem(wanted);
  if (problem === undefined) return at(catalogAddress(wanted));
  invalid(cx, call, problem);
  return undefined;
}

function rootOf(cx: Context, catalog: string, call: TextNode): EndpointTemplate | undefined {
  const entry = cx.catalogs.get(catalog)?.value;
  const endpoint = entry?.kind === "mapping" ? child(entry, "endpoint") : undefined;
  if (endpoint !== undefined) return readEndpoint(cx, endpoint, { point: "task", scope: emptyScope });
  if (entry !== undefined) return undefined;
  const advice = (): string => didYouMean(catalog, [...cx.catalogs.keys()]) ?? "define it in `use.catalogs`";
  cx.problems.add("unknown-reference", call, call, `There is no catalog \`${catalog}\``, advice);
  return undefined;
}

function at(uri: string): EndpointTemplate {
  return { kind: "uri", parts: [uri] };
}

/** The address of a function's folder means its `function.yaml`. */
function withFile(address: string): string {
  return /\.(ya?ml|json)$/i.test(address) ? address : `${address.replace(/\/+$/, "")}/function.yaml`;
}

/** Pages of GitHub and GitLab show a file; this is the address of the file itself. */
export function rawAddress(address: string): string {
  const [, owner, path = ""] = /^https:\/\/github\.com\/([^/]+\/[^/@]+)(\/.*|@.*)?$/.exec(address) ?? [];
  if (owner !== undefined) return `https://raw.githubusercontent.com/${owner}/${rawPath(path)}`;
  const lab = /^(https:\/\/gitlab\.com\/.+?)\/-\/(?:tree|blob)\/(.*)$/.exec(address);
  return lab === null ? address : `${lab[1] ?? ""}/-/raw/${lab[2] ?? ""}`;
}

function rawPath(path: string): string {
  const [, branch, rest] = /^\/(?:tree|blob)\/([^/]+)(\/.*)$/.exec(path) ?? [];
  if (branch !== undefined) return `refs/heads/${branch}${rest ?? ""}`;
  const [, folder, version] = /^(\/.*)@([^/]+)\/function\.yaml$/.exec(path) ?? [];
  return folder === undefined ? `HEAD${path}` : `refs/tags/${version ?? ""}${folder}/function.yaml`;
}

function isCircular(cx: Context, call: TextNode): boolean {
  const from = cx.calling.indexOf(call.json);
  if (from < 0 && cx.calling.length < maxFunctionDepth) return false;
  const circle = [...cx.calling.slice(Math.max(from, 0)), call.json].join(" -> ");
  const message = from < 0 ? `Functions call one another at most ${maxFunctionDepth} deep` : `Functions cannot call themselves: ${circle}`;
  cx.problems.add("recursive-function", call, call, message, "use a loop, or `run: workflow`");
  return true;
}

function compileText(cx: Context, call: TextNode, text: string, reference: string): Task | undefined {
  const problems = new Problems();
  const source = new SourceText(text);
  const root = parseYaml(text, problems);
  cx.calling.push(call.json);
  const inside = functionContext(cx, problems, source);
  const name = call.json.replace(/:.*/, "");
  const task = root && inside.task(name, root, { reference, scope: emptyScope, siblings: new Map(), lists: undefined });
  cx.taskCount = inside.taskCount;
  cx.calling.pop();
  const [first] = problems.diagnostics(source, root).filter(({ severity }) => severity === "error");
  if (first === undefined) return task;
  const { message, start, suggestion } = first;
  const where = `line ${start.line}, column ${start.column}`;
  cx.problems.add("invalid-function", call, call, `The function \`${call.json}\` is wrong (${where}): ${message}`, suggestion);
  return undefined;
}

function functionContext(cx: Context, problems: Problems, text: SourceText): Context {
  const none = new Map<string, never>();
  const definitions = { authentications: none, errors: none, functions: none, retries: none, timeouts: none };
  return {
    ...cx,
    problems,
    text,
    evaluation: standardEvaluation,
    definitions,
    extensions: [],
    about: undefined,
    meant: new Map(),
    tasks: new Map(),
  };
}
