// Lanes: what is done for one key is done one after the other; different keys do not wait for each other.

/** Tasks by key, in the order of asking. */
export class Lanes {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does the task when those before it in its lane have ended, well or not. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(task, task);
    this.#last.set(key, mine);
    const leave = (): void => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    };
    mine.then(leave, leave);
    return mine;
  }
}
