// Reads the sources of the project with oxc-parser and says what breaks its rules. `tidy.test.ts` holds it to none.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseSync, Visitor, type Function as FunctionNode, type ArrowFunctionExpression } from "oxc-parser";
import { layers, maxFileLines, maxFunctionLines, onlyImports, purePackages } from "./layers.ts";

/** One source file, read and parsed. */
export interface Source {
  readonly path: string;
  readonly package: string | undefined;
  readonly isTest: boolean;
  readonly lines: number;
  /** Module specifiers, type-only ones too. */
  readonly imports: readonly string[];
  readonly problems: readonly string[];
}

/** Every TypeScript file of the project, as git would see it. */
export function readSources(root: string): Source[] {
  const paths = globSync("{packages,tools,test,bench,examples}/**/*.ts", {
    cwd: root,
    exclude: (name) => name === "node_modules" || name === "peers",
  });
  return paths.sort().map((path) => readSource(root, path));
}

function readSource(root: string, path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const packageName = /^packages\/([^/]+)\//.exec(path)?.[1];
  const isTest = path.endsWith(".test.ts");
  const pure = packageName !== undefined && purePackages.has(packageName) && !isTest;
  const { program, module, errors } = parseSync(path, text);
  const problems: string[] = errors.map((error) => `${path}: does not parse: ${error.message}`);
  const lineStarts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) lineStarts.push(i + 1);
  const lineAt = (offset: number): number => {
    let low = 0;
    let high = lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((lineStarts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
  const checkFunction = (node: FunctionNode | ArrowFunctionExpression): void => {
    const first = lineAt(node.start);
    const lines = lineAt(node.end) - first + 1;
    if (!isTest && lines > maxFunctionLines) problems.push(`${path}:${first}: a function of ${lines} lines (at most ${maxFunctionLines})`);
    if (pure && node.async) problems.push(`${path}:${first}: async in a pure package`);
  };
  new Visitor({
    FunctionDeclaration: checkFunction,
    FunctionExpression: checkFunction,
    ArrowFunctionExpression: checkFunction,
    NewExpression: (node) => {
      const clock = node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0;
      if (pure && clock) problems.push(`${path}:${lineAt(node.start)}: new Date() reads the clock in a pure package`);
    },
    TSEnumDeclaration: (node) => {
      problems.push(`${path}:${lineAt(node.start)}: enum (write a union of string literals)`);
    },
  }).visit(program);
  const lines = text.endsWith("\n") ? lineStarts.length - 1 : lineStarts.length;
  if (lines > maxFileLines) problems.push(`${path}: ${lines} lines (at most ${maxFileLines})`);
  const imports = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) => entry.entries.flatMap((e) => (e.moduleRequest ? [e.moduleRequest.value] : []))),
    // What is only known when it runs, such as a module that people name, is no import of the source.
    ...module.dynamicImports
      .map((entry) => text.slice(entry.moduleRequest.start, entry.moduleRequest.end))
      .flatMap((request) => (/^["'`]/.test(request) ? [request.slice(1, -1)] : [])),
  ];
  return { path, package: packageName, isTest, lines, imports: [...new Set(imports)], problems };
}

interface Manifest {
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
}

/** Imports that break the layers, or that the package's own package.json does not declare. */
export function importProblems(root: string, sources: readonly Source[]): string[] {
  const rootManifest = readManifest(join(root, "package.json"));
  return sources.flatMap((source) => {
    if (source.package === undefined) return [];
    const own = source.package;
    const manifest = readManifest(join(root, "packages", own, "package.json"));
    const declared = new Set(Object.keys({ ...manifest.dependencies, ...(source.isTest ? rootManifest.devDependencies : {}) }));
    return source.imports.flatMap((specifier) => importProblem(source, own, specifier, declared) ?? []);
  });
}

function importProblem(source: Source, own: string, specifier: string, declared: ReadonlySet<string>): string | undefined {
  if (specifier.startsWith("node:"))
    return purePackages.has(own) && !source.isTest ? `${source.path}: ${specifier} in a pure package` : undefined;
  if (specifier.startsWith(".")) {
    const target = normalize(join(dirname(source.path), specifier));
    return target.startsWith(`packages/${own}/`) || source.isTest ? undefined : `${source.path}: ${specifier} reaches outside its package`;
  }
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  if (!declared.has(name)) return `${source.path}: ${name} is not declared in packages/${own}/package.json`;
  const other = /^@baton\/(.+)$/.exec(name)?.[1];
  if (other === undefined) return undefined;
  if (onlyImports[own] && !onlyImports[own].includes(other))
    return `${source.path}: ${own} may import only ${onlyImports[own].join(", ") || "nothing"}`;
  return layers.indexOf(other) < layers.indexOf(own) ? undefined : `${source.path}: ${own} stands above ${other} and may not import it`;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}

/** Cycles between files, each as a path that ends where it began. Type-only imports count. */
export function importCycles(sources: readonly Source[]): string[] {
  const known = new Set(sources.map((source) => source.path));
  const targets = new Map(
    sources.map((source) => [
      source.path,
      source.imports
        .filter((s) => s.startsWith("."))
        .flatMap((s) => {
          const target = normalize(join(dirname(source.path), s));
          return known.has(target) ? [target] : [];
        }),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (done.has(path)) return;
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) {
      cycles.push([...trail.slice(seenAt), path].join(" -> "));
      return;
    }
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of known) visit(path, []);
  return cycles;
}

/** Error codes declared in the sources' tables (`errors.ts` of each package). */
export function declaredErrorCodes(root: string): string[] {
  return globSync("packages/*/errors.ts", { cwd: root })
    .filter((path) => path !== "packages/core/errors.ts")
    .flatMap((path) =>
      [...readFileSync(join(root, path), "utf8").matchAll(/^ {2}"?([a-z]+(?:[-.][a-z0-9-]+)*)"?: \{$/gm)].map(
        (match) => match[1] as string,
      ),
    );
}

/** Error codes that have a page in docs/errors. */
export function documentedErrorCodes(root: string): string[] {
  return globSync("docs/errors/*.md", { cwd: root }).flatMap((path) => {
    const name = /([^/]+)\.md$/.exec(path)?.[1] as string;
    return name === "README" ? [] : [name];
  });
}
