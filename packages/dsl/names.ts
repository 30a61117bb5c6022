// The forms of names and versions, as the specification's schema has them.

/** A namespace or a name: a DNS label, in letters of either case. */
export const namePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

const number = String.raw`(?:0|[1-9]\d*)`;
const preRelease = String.raw`(?:${number}|\d*[a-zA-Z-][0-9a-zA-Z-]*)`;

/** A semantic version (semver.org, 2.0.0). */
export const versionPattern = new RegExp(
  String.raw`^${number}\.${number}\.${number}(?:-${preRelease}(?:\.${preRelease})*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$`,
);
