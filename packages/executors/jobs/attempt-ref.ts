// One attempt of a job.

/** A job and the number of its attempt, its fencing token. */
export interface AttemptRef {
  readonly job: string;
  readonly token: number;
}
