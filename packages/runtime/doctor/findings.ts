// What can be wrong with a run that has not ended, so that it would stay where it is: by code, with what helps.

interface Rule {
  /** Whether asking again for everything that the run waits for puts it right. */
  readonly fixable: boolean;
  readonly next: string;
}

const wake = "Wake the run: `baton doctor --fix`.";

const rules = {
  unreadable: {
    fixable: false,
    next: "Register the version of the flow that it runs, or give the server the keys that its secrets are hidden with.",
  },
  incident: { fixable: false, next: "Report the incident's text; the run is tried again when the server starts the next time." },
  stranded: {
    fixable: false,
    next: "Report it with the run's history: no decision should have left it so. Cancel the run to free what it holds.",
  },
  "timer-missing": { fixable: true, next: wake },
  "timer-wrong": { fixable: true, next: wake },
  "timer-overdue": { fixable: true, next: `${wake} If it happens again, the server has more to do than it can.` },
  "subscription-missing": { fixable: true, next: wake },
  "event-undelivered": { fixable: true, next: wake },
  "restart-missed": { fixable: true, next: wake },
  "summary-wrong": { fixable: true, next: wake },
  "work-lost": { fixable: true, next: wake },
  "turn-lost": { fixable: true, next: wake },
  "slot-lost": { fixable: true, next: wake },
  "run-missing": { fixable: true, next: wake },
  "answer-lost": { fixable: true, next: wake },
  orphan: { fixable: true, next: "Wake the run, which then is cancelled: `baton doctor --fix`." },
} as const satisfies { readonly [code: string]: Rule };

/** What can be wrong. */
export type FindingCode = keyof typeof rules;

/** One thing that is wrong with a run. */
export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
  readonly next: string;
  readonly fixable: boolean;
}

/** A finding of that code. */
export function finding(code: FindingCode, message: string): Finding {
  const { fixable, next } = rules[code];
  return { code, message, next, fixable };
}
