// What a call gives to an operation: each value is used once, and what nothing takes is a mistake that is named.
import { nearest, type Json, type JsonObject } from "@baton/core";
import { callFault, Unusable } from "./fault.ts";

/** The values of one call by name. */
export class Arguments {
  readonly #values: Map<string, Json>;

  constructor(values: JsonObject) {
    this.#values = new Map(Object.entries(values).filter(([, value]) => value !== null));
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value, which nothing else may use then. */
  take(name: string): Json | undefined {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }

  left(): string[] {
    return [...this.#values.keys()];
  }

  /** Throws Unusable where a value is left that nothing has taken. */
  refuseRest(operation: string, known: readonly string[]): void {
    const [name] = this.#values.keys();
    if (name === undefined) return;
    const near = nearest(name, known);
    const advice =
      near !== undefined
        ? `Did you mean "${near}"?`
        : known.length === 0
          ? "It has none."
          : `It has ${known.map((one) => `"${one}"`).join(", ")}.`;
    throw new Unusable(callFault(operation, `it has no parameter "${name}". ${advice}`));
  }
}
