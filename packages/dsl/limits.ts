// What a document may use. Each limit has a rule of its own name, so that whoever meets it learns which one.

/** The longest text that is read, in UTF-16 code units. */
export const maxDocumentLength = 1_048_576;

/** How deep mappings and lists may lie in one another. */
export const maxNesting = 200;

/** How many values aliases (`*name`) may add to a document, each counted with everything inside it. */
export const maxAliasedValues = 10_000;

/** How many tasks a workflow may have; a function's tasks count once for each call. */
export const maxTasks = 10_000;

/** How many functions may call one another, the outermost counted. */
export const maxFunctionDepth = 32;

/** How many problems are listed before the rest is left out. */
export const maxDiagnostics = 100;
