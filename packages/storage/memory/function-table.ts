// Functions of the default catalog in memory.
import type { FunctionKey, StoredFunction } from "../port.ts";

function keyOf({ tenant, namespace, name, version }: FunctionKey): string {
  return [tenant, namespace, name, version].join("\n");
}

/** The table of functions. */
export class FunctionTable {
  readonly #functions = new Map<string, StoredFunction>();

  put(stored: StoredFunction): boolean {
    if (this.#functions.has(keyOf(stored))) return false;
    this.#functions.set(keyOf(stored), stored);
    return true;
  }

  get(key: FunctionKey): StoredFunction | null {
    return this.#functions.get(keyOf(key)) ?? null;
  }

  list(tenant: string, namespace?: string): readonly StoredFunction[] {
    return [...this.#functions]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, stored]) => stored)
      .filter((stored) => stored.tenant === tenant && (namespace === undefined || stored.namespace === namespace));
  }

  delete(key: FunctionKey): boolean {
    return this.#functions.delete(keyOf(key));
  }
}
