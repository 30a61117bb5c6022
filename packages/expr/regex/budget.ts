// What a match may cost. A step is an instruction of the machine, or a character that a loop or a search passes over.

/** Steps that are left; the matcher takes from it. */
export interface RegexBudget {
  steps: number;
}

/** Thrown when a match needs more steps, or more memory for going back, than it may take. */
export class RegexBudgetExceeded extends Error {
  constructor(what: string) {
    super(`regular expression: ${what}`);
    this.name = "RegexBudgetExceeded";
  }
}

/** Takes steps that an instruction costs beyond its own. */
export function charge(budget: RegexBudget, steps: number): void {
  budget.steps -= steps;
  if (budget.steps >= 0) return;
  budget.steps = 0;
  throw new RegexBudgetExceeded("the step budget is exhausted");
}

/** Characters that the host's own string functions pass over in the time of a step. */
export const quickCharacters = 16;
