// Why a pattern was refused. Where Oniguruma has a text for the mistake, the text is Oniguruma's, because jq
// shows it to `try ... catch`; where this engine refuses what Oniguruma would take, the text says "not supported".

/** A pattern that cannot be compiled; `offset` counts UTF-16 code units of the pattern. */
export class RegexSyntaxError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "RegexSyntaxError";
    this.offset = offset;
  }
}

/** Refuses the pattern with Oniguruma's text for the mistake. */
export function refuse(message: string, offset: number): never {
  throw new RegexSyntaxError(message, offset);
}

/** Refuses what Oniguruma would accept, rather than giving it another meaning. */
export function refuseUnsupported(what: string, offset: number): never {
  throw new RegexSyntaxError(`${what} is not supported`, offset);
}

/** Oniguruma shows at most this many bytes of a name inside a message. */
const maxNameBytes = 27;

/** A name as Oniguruma quotes it in a message: cut off when it is long. */
export function quoted(name: string): string {
  return name.length > maxNameBytes ? `${name.slice(0, maxNameBytes)}...` : name;
}
