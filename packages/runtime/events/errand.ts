// Something that is to be done again whenever there may be more of it, one at a time; what fails is tried again, with growing pauses.

/** What an errand needs of the runtime. */
export interface ErrandParts {
  /** Does all that there is to do now. */
  readonly run: () => Promise<void>;
  /** Calls back after the pause that follows the given try. */
  readonly again: (tries: number, callback: () => void) => void;
  /** It failed, and is tried again. */
  readonly failed: (error: unknown) => void;
}

/** One errand. */
export class Errand {
  readonly #parts: ErrandParts;
  #isBusy = false;
  #isWanted = false;
  #stopped = false;
  #done: Promise<void> = Promise.resolve();

  constructor(parts: ErrandParts) {
    this.#parts = parts;
  }

  /** There may be something to do. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isBusy || this.#stopped) return;
    this.#isBusy = true;
    this.#done = this.#run(1);
  }

  /** Resolves when what was under way is finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(tries: number): Promise<void> {
    try {
      while (this.#isWanted && !this.#stopped) {
        this.#isWanted = false;
        await this.#parts.run();
      }
      this.#isBusy = false;
    } catch (error) {
      if (this.#stopped) return;
      this.#parts.failed(error);
      this.#isWanted = true;
      this.#parts.again(tries, () => {
        this.#done = this.#run(tries + 1);
      });
    }
  }
}
