// `baton function list`: everything that can be called as a function, wherever it comes from: documents of the catalog, code of
// packages, and code of plain workers.
import type { CatalogFunctionSummary, Deployment, Node } from "@baton/api";
import { allPages, clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { formatRows, type Column } from "../output/table.ts";

/** A version of a function, and who brings it. */
interface ListedFunction extends Pick<CatalogFunctionSummary, "namespace" | "name" | "version"> {
  readonly source: "document" | "package" | "worker";
  /** Null of what workers bring: it is there while they are. */
  readonly createdAt: string | null;
  /** The package that brings it. */
  readonly package: string | null;
  /** Of code: the workers that are connected and have it, instances of the package among them. */
  readonly workers: number | null;
  /** Of code: how many calls these take at a time, of all their functions. */
  readonly concurrency: number | null;
}

const shown = (count: number | null): string => (count === null ? "" : String(count));

const columns: readonly Column<ListedFunction>[] = [
  { title: "NAMESPACE", of: ({ namespace }) => namespace },
  { title: "NAME", of: ({ name }) => name },
  { title: "VERSION", of: ({ version }) => version },
  { title: "SOURCE", of: ({ source }) => source },
  { title: "PACKAGE", of: (one) => one.package ?? "" },
  { title: "WORKERS", of: ({ workers }) => shown(workers) },
  { title: "CONCURRENCY", of: ({ concurrency }) => shown(concurrency) },
  { title: "CREATED", of: ({ createdAt }) => createdAt ?? "", wide: true },
];

/** Code is for all namespaces. */
const everyNamespace = "*";
const labelPrefix = "function/";

/** `baton function list`; of one namespace its documents alone. */
export async function listFunctions(context: Context, { namespace }: { readonly namespace?: string }): Promise<ExitCode> {
  const client = clientOf(context.options);
  const named = namespace === undefined ? {} : { namespace };
  const documents = (await allPages((page) => client.listFunctions({ ...page, ...named }))).map(ofDocument);
  const code = namespace === undefined ? codeOf(await client.deployments.list(), await client.nodes.list()) : [];
  const { options, outStyle } = context;
  context.out(formatRows([...documents, ...code], columns, options.output ?? "table", outStyle, idOf));
  return exitCodes.done;
}

function idOf({ namespace, name, version }: ListedFunction): string {
  return `${namespace}/${name}:${version}`;
}

function ofDocument(one: CatalogFunctionSummary): ListedFunction {
  return { ...one, source: "document", package: null, workers: null, concurrency: null };
}

function codeOf(deployments: readonly Deployment[], nodes: readonly Node[]): readonly ListedFunction[] {
  const workers = nodes.filter(({ kind, status }) => kind === "worker" && status !== "lost" && status !== "suspect");
  const packages = new Set(deployments.filter(({ functions }) => functions.length > 0).map(({ name }) => name));
  const brought = deployments.flatMap(({ name: pack, functions, createdAt }) =>
    functions.map((called): ListedFunction => {
      const instances = workers.filter(({ labels }) => labels["deployment"] === pack);
      return { ...ofWorkers(called, instances), source: "package", package: pack, createdAt };
    }),
  );
  const plain = workers.filter(({ labels }) => !packages.has(labels["deployment"] ?? ""));
  const names = new Set(plain.flatMap(({ labels }) => Object.keys(labels)).filter((label) => label.startsWith(labelPrefix)));
  return [...brought, ...[...names].sort().map((label) => ofWorkers(label.slice(labelPrefix.length), plain))];
}

/** A function that some of these workers have. */
function ofWorkers(called: string, among: readonly Node[]): ListedFunction {
  const [name = "", version = ""] = called.split(":");
  const having = among.filter(({ labels }) => labels[`${labelPrefix}${called}`] !== undefined);
  const concurrency = having.reduce((sum, { capacity }) => sum + (capacity["slots"] ?? 0), 0);
  const offered = { workers: having.length, concurrency };
  return { namespace: everyNamespace, name, version, source: "worker", createdAt: null, package: null, ...offered };
}
