// The dialects of JSON Schema that are known, and what differs between them.

/** A dialect, oldest first. */
export type Dialect = "draft-06" | "draft-07" | "2019-09" | "2020-12";

/** What `format: json` means where the schema itself names no dialect. */
export const defaultDialect: Dialect = "2020-12";

/** All of them. */
export const dialects: readonly Dialect[] = ["draft-06", "draft-07", "2019-09", "2020-12"];

/** The dialect that a `format` names, such as `json:draft-07` or `json:2020-12`. */
export function dialectOfFormat(format: string): Dialect | undefined {
  const suffix = /^json:(.*)$/.exec(format)?.[1];
  if (suffix === undefined) return defaultDialect;
  return dialectOfName(suffix);
}

/** The dialect that a `$schema` names. */
export function dialectOfUri(uri: string): Dialect | undefined {
  const name = /^https?:\/\/json-schema\.org\/(?:draft\/)?(draft-0\d|\d{4}-\d\d)\/schema#?$/.exec(uri)?.[1];
  return name === undefined ? undefined : dialectOfName(name);
}

function dialectOfName(name: string): Dialect | undefined {
  const plain = name
    .toLowerCase()
    .replace(/^draft-?(?=\d{4})/, "")
    .replace(/^draft-?0?(?=\d$)/, "draft-0");
  return dialects.find((dialect) => dialect === plain);
}

/** The `$schema` of a dialect; undefined: the default. */
export function uriOfDialect(dialect: Dialect): string | undefined {
  if (dialect === defaultDialect) return undefined;
  return dialect.startsWith("draft") ? `http://json-schema.org/${dialect}/schema#` : `https://json-schema.org/draft/${dialect}/schema`;
}

/** Whether a `$ref` hides the keywords beside it. */
export function refStandsAlone(dialect: Dialect): boolean {
  return dialect === "draft-06" || dialect === "draft-07";
}

/** Whether tuples are written as `prefixItems`, and `items` is what follows them. */
export function hasPrefixItems(dialect: Dialect): boolean {
  return dialect === "2020-12";
}
