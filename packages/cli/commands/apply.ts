// `baton apply`: whatever is in some files. Everything is checked by the server before anything is applied; objects of the
// cluster are then applied all or none, and flows one after another, since each of their versions stands alone.
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AppliedFlow, AppliedObject, BatonClient, ProblemItem } from "@baton/api";
import { clientOf } from "../connect.ts";
import { readText, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { contentOf, type FileContent } from "../file-content.ts";
import { askWithDocuments } from "../file-refusal.ts";
import { formatRows, type Column } from "../output/table.ts";
import { checkedFlow } from "./flows.ts";

/** What `apply` is given. */
export interface ApplyOptions {
  readonly file: readonly string[];
  readonly dryRun?: boolean;
}

/** What became of one thing. */
interface Applied {
  readonly kind: AppliedObject["kind"] | "flow";
  readonly name: string;
  readonly result: AppliedObject["result"] | "registered";
}

const columns: readonly Column<Applied>[] = [
  { title: "KIND", of: ({ kind }) => kind },
  { title: "NAME", of: ({ name }) => name },
  { title: "RESULT", of: ({ result }) => result },
];

/** `baton apply -f PATH`. Applying the same again changes nothing. */
export async function apply(context: Context, { file: paths, dryRun = false }: ApplyOptions): Promise<ExitCode> {
  const files = await Promise.all(paths.flatMap(filesAt).map(async (file) => contentOf(file, await readText(file))));
  for (const flow of files.flatMap(({ flows }) => flows)) checkedFlow(context, flow.file, flow.text);
  const client = clientOf(context.options);
  const wouldBe = await checked(context, client, files);
  const done: Applied[] = dryRun ? [...wouldBe] : [];
  try {
    if (!dryRun) await askFor(client, files, false, (one) => void done.push(one));
  } catch (error) {
    sayWhatIsLeft(context, done, wouldBe);
    throw error;
  } finally {
    show(context, done, dryRun);
  }
  return exitCodes.done;
}

/** What would become of everything, as the server sees it. */
async function checked(context: Context, client: BatonClient, files: readonly FileContent[]): Promise<readonly Applied[]> {
  try {
    return await askFor(client, files, true, (_, file, warnings = []) => {
      for (const warning of warnings) if (warning.rule === knownToServer) context.say(warningLine(file ?? "", warning));
    });
  } catch (error) {
    context.say("nothing was applied\n");
    throw error;
  }
}

/** Objects together, then each flow; tells what became of each as soon as it is known. */
async function askFor(
  client: BatonClient,
  files: readonly FileContent[],
  dryRun: boolean,
  tell: (one: Applied, file?: string, warnings?: readonly ProblemItem[]) => void,
): Promise<Applied[]> {
  const all: Applied[] = [];
  const add: typeof tell = (one, file, warnings) => {
    all.push(one);
    tell(one, file, warnings);
  };
  const objects = files.flatMap((file) => file.objects);
  const holding = files.filter((file) => file.objects.length > 0);
  if (objects.length > 0) for (const one of await askWithDocuments(holding, () => client.applyObjects(objects, { dryRun }))) add(one);
  for (const { file, text } of files.flatMap(({ flows }) => flows)) {
    const flow = await client.applyFlow(text, { dryRun });
    add(asApplied(flow), file, flow.warnings);
  }
  return all;
}

/** The one warning that nobody but the server can give: which functions are there. The others were shown before. */
const knownToServer = "awaited-function";

function warningLine(file: string, { line, column, rule, detail }: ProblemItem): string {
  return `${[file, line, column].filter((part) => part !== undefined).join(":")}: warning ${rule}: ${detail}\n`;
}

function asApplied({ namespace, name, version, created }: AppliedFlow): Applied {
  return { kind: "flow", name: `${namespace}/${name} ${version}`, result: created ? "registered" : "unchanged" };
}

function show(context: Context, done: readonly Applied[], dryRun: boolean): void {
  const { output } = context.options;
  if (output !== undefined) return context.out(formatRows(done, columns, output, context.outStyle, ({ name }) => name));
  for (const { kind, name, result } of done)
    context.say(`${kind === "flow" ? "" : `${kind} `}${name} ${dryRun && result !== "unchanged" ? `would be ${result}` : result}\n`);
}

/** Everything was checked, and still something could not be applied: nobody is left to guess how far it came. */
function sayWhatIsLeft(context: Context, done: readonly Applied[], wouldBe: readonly Applied[]): void {
  const left = wouldBe.slice(done.length).filter(({ result }) => result !== "unchanged");
  for (const { kind, name } of left) context.say(`${kind} ${name} NOT applied\n`);
}

function filesAt(path: string): string[] {
  if (path === "-" || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const found = globSync("**/*.{yaml,yml,json}", { cwd: path });
  if (found.length > 0) return found.sort().map((file) => join(path, file));
  throw new CommandFailure(exitCodes.notFound, "there is nothing to apply in that folder", {
    where: path,
    next: "flows and objects are files that end in .yaml, .yml or .json",
  });
}
