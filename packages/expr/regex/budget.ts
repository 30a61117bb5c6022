// What a match may cost. A step is an instruction of the machine, or a character that a loop or a search passes over.

/** Steps that are left; the matcher takes from it. */
export interface RegexBudget {
  steps: number;
}

/** Thrown when a match needs more steps, or more memory for backtracking, than it may take. */
export class RegexBudgetExceeded extends Error {
  constructor(what: string) {
    super(`regular expression: ${what}`);
    this.name = "RegexBudgetExceeded";
  }
}
