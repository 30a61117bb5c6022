// The order of the packages, as docs/decisions and ARCHITECTURE.md describe it: a package may import only
// packages above it in this list, and only what its own package.json declares.

export const layers: readonly string[] = [
  "core",
  "expr",
  "dsl",
  "engine",
  "scheduler",
  "simulator",
  "storage",
  "job-executors",
  "executors",
  "api",
  "sdk",
  "runtime",
  "server",
  "cli",
];

/** Pure packages: synchronous, no Node types, no clock, no randomness, no promises. */
export const purePackages: ReadonlySet<string> = new Set(["core", "expr", "dsl", "engine", "scheduler", "simulator"]);

/** Packages that may import nothing but the ones named here, whatever stands above them. */
export const onlyImports: { readonly [name: string]: readonly string[] } = { core: [], expr: [], scheduler: ["core"] };

export const maxFileLines = 500;
export const maxFunctionLines = 70;
