// The order of semantic versions (semver.org 2.0.0, section 11); build metadata does not count.

interface Version {
  readonly numbers: readonly number[];
  /** Dot-separated identifiers behind the hyphen; none for a release. */
  readonly prerelease: readonly string[];
}

/** Negative: `a` comes before `b`. What is no semantic version comes before all that are, in the order of its letters. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  if (!left || !right) return Number(left !== undefined) - Number(right !== undefined) || compareText(a, b);
  return compareNumbers(left.numbers, right.numbers) || comparePrereleases(left.prerelease, right.prerelease);
}

/** The version that is meant where none is named: the highest release, or the highest of all where none is released. */
export function latestOf(versions: readonly string[]): string | undefined {
  const inOrder = [...versions].sort(compareVersions);
  return inOrder.findLast((version) => parse(version)?.prerelease.length === 0) ?? inOrder.at(-1);
}

function parse(text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text);
  if (!match) return undefined;
  return { numbers: [1, 2, 3].map((i) => Number(match[i])), prerelease: match[4]?.split(".") ?? [] };
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  return a.map((n, i) => n - (b[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** A release follows its own pre-releases; of two pre-releases that are equal so far the longer one follows. */
function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareIdentifiers(a[i] ?? "", b[i] ?? "");
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers by value and before words. */
function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return Number(a) - Number(b);
  return Number(right) - Number(left) || compareText(a, b);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
