// Who asks for what is being done. It is known to whatever follows from a request while that is answered, without being handed
// through; what happens later, by timers that were set on the way, is nobody's.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Asker } from "@baton/storage";

const scopes = new AsyncLocalStorage<AskerScope>();

/** The scope of one who asks. */
export class AskerScope {
  readonly #asker: Asker;
  #isOver = false;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** Undefined once all is answered. */
  get asker(): Asker | undefined {
    return this.#isOver ? undefined : this.#asker;
  }

  /** Does something on behalf of who asks. */
  run<T>(what: () => T): T {
    return scopes.run(this, what);
  }

  end(): void {
    this.#isOver = true;
  }
}

/** Who asks for what is being done now; undefined: nobody does, or it is not known. */
export function currentAsker(): Asker | undefined {
  return scopes.getStore()?.asker;
}
