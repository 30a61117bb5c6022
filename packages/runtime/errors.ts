// What the runtime refuses, by code. The codes that the API knows too mean the same there.
import { errorFactory, type ErrorTable } from "@baton/core";

const table = {
  "flow-unknown": {
    summary: "There is no flow with this namespace, name and version.",
    next: "List the flows with `baton flow list`, or register it with `baton apply`.",
    retryable: false,
  },
  "flow-version-taken": {
    summary: "This version of the flow is registered with another content.",
    next: "Give the changed document a new version.",
    retryable: false,
  },
  "function-unknown": {
    summary: "There is no function with this namespace, name and version in the default catalog.",
    next: "List the functions with `baton function list`, or add it with `baton function apply`.",
    retryable: false,
  },
  "function-version-taken": {
    summary: "This version of the function is there with another content.",
    next: "Give the changed function a new version.",
    retryable: false,
  },
  "function-name-invalid": {
    summary: "The function's name or version is not one that a function can have.",
    next: "Use a name of letters, digits and hyphens, and a semantic version such as 1.0.0.",
    retryable: false,
  },
  "run-unknown": {
    summary: "There is no run with this id.",
    next: "List the runs with `baton run list`.",
    retryable: false,
  },
  "command-refused": {
    summary: "The run cannot be given this command in the state that it is in.",
    next: "Look at the run's status; a run that has ended takes no more commands.",
    retryable: false,
  },
  "lock-unknown": {
    summary: "Nobody holds this lock or waits for it.",
    next: "List the locks that are in use with `baton lock list`.",
    retryable: false,
  },
  "operation-unknown": {
    summary: "There is no operation with this id.",
    next: "List them with `baton operation list`; they are kept for thirty days after their end.",
    retryable: false,
  },
  "operation-ended": {
    summary: "The operation has ended.",
    next: "Look at it with `baton operation get ID`; begin another one where runs are left.",
    retryable: false,
  },
  "operations-too-many": {
    summary: "There are as many operations under way as there may be.",
    next: "Wait for one of them to end, or stop one.",
    retryable: false,
  },
  "step-unknown": {
    summary: "The run has come to no such step.",
    next: "Look at its steps with `baton run get ID`; a step is named by its task's name, its address or its number.",
    retryable: false,
  },
  "run-incident": {
    summary: "The run is stopped because it hit a defect of Baton, or its flow cannot be read any more.",
    next: "Report the incident's text; the run is tried again when the server starts the next time.",
    retryable: false,
  },
  "run-contended": {
    summary: "Other writers changed the run again and again while the command was being decided.",
    next: "Send the command again. If it lasts, two servers drive the same runs.",
    retryable: true,
  },
  "idempotency-key-reused": {
    summary: "The idempotency key was used before with another request.",
    next: "Use a new key for a new request, and the same key only to repeat the same request.",
    retryable: false,
  },
  "approval-ambiguous": {
    summary: "The run waits for several approvals.",
    next: "Name one of them, as `baton approval list` shows it: RUN.STEP.",
    retryable: false,
  },
  "start-key-invalid": {
    summary: "The flow's idempotency key cannot be made from this input, so the run is not started.",
    next: "Send the input that the key is made of, or correct `metadata.baton.idempotencyKey` in the flow.",
    retryable: false,
  },
  "schedule-unknown": {
    summary: "The flow is not there, or its newest version has no schedule.",
    next: "List the schedules with `baton schedule list`.",
    retryable: false,
  },
  "backfill-refused": {
    summary: "The schedule has no such firings to make up for.",
    next: "Name a time in the past, and one with fewer firings where there are too many.",
    retryable: false,
  },
  "secret-unknown": {
    summary: "There is no secret with this name in the namespace.",
    next: "List the secrets with `baton secret list`.",
    retryable: false,
  },
  "secret-invalid": {
    summary: "The secret's name or value is not one that a secret can have.",
    next: "Correct what the message names.",
    retryable: false,
  },
  "secrets-too-many": {
    summary: "There are as many secrets as there may be.",
    next: "Delete those that no flow reads any more.",
    retryable: false,
  },
  "secrets-locked": {
    summary: "The server has no key to encrypt secrets with.",
    next: "Make a key with `baton secret generate-key`, and start the server with `--secret-key-file` or BATON_SECRET_KEY.",
    retryable: false,
  },
  "secret-key-invalid": {
    summary: "The key for secrets cannot be used.",
    next: "Make one with `baton secret generate-key`: 32 bytes in base64, one key on each line, the current one first.",
    retryable: false,
  },
  "secret-key-missing": {
    summary: "Something is encrypted with a key that this server does not have.",
    next: "Start the server with the former key on a line below the current one.",
    retryable: false,
  },
  "event-unknown": {
    summary: "There is no event with this number; it may have been forgotten.",
    next: "List the events with `baton event list`.",
    retryable: false,
  },
  "webhook-unknown": {
    summary: "There is no webhook with this name.",
    next: "List the webhooks with `baton webhook list`.",
    retryable: false,
  },
  "webhooks-too-many": {
    summary: "There are as many webhooks as there may be.",
    next: "Delete one that is no longer needed, or let one receiver pass events on.",
    retryable: false,
  },
  "delivery-unknown": {
    summary: "The webhook has no delivery with this id.",
    next: "List them with `baton webhook deliveries NAME`; they are kept for a week after their end.",
    retryable: false,
  },
  "job-unreadable": {
    summary: "The submission is not one that can be read.",
    next: "Correct the places that are listed; docs/guide/jobs.md has all fields.",
    retryable: false,
  },
  "payload-too-large": {
    summary: "The payload of a job is larger than is taken.",
    next: "Keep what is large elsewhere and send where it lies.",
    retryable: false,
  },
  "executor-unavailable": {
    summary: "No node can run jobs of this kind.",
    next: "Install what the message names on a node, start that node again, and submit the job once more; `baton doctor` says what nodes can do.",
    retryable: false,
  },
  "job-unknown": {
    summary: "There is no job with this id.",
    next: "List the jobs with `baton job list`.",
    retryable: false,
  },
  "job-ended": {
    summary: "The job has ended, so it cannot be cancelled.",
    next: "Look at its result with `baton job get`.",
    retryable: false,
  },
  "job-not-retriable": {
    summary: "Only a job that has ended without completing can be submitted once more.",
    next: "Wait until it has ended, or submit the same job anew.",
    retryable: false,
  },
  "job-lost": {
    summary: "The job's nodes were lost more often than its retry limit allows.",
    next: "See why nodes go away with `baton node list`, then submit it once more with `baton job retry`.",
    retryable: true,
  },
  "job-result-too-large": {
    summary: "A function answered more than is kept.",
    next: "Store large results elsewhere and answer where they lie.",
    retryable: false,
  },
  "function-not-registered": {
    summary: "No worker has registered a function with this name and version.",
    next: "Start a worker that has it; it stays known when the worker goes.",
    retryable: false,
  },
  "function-contract-invalid": {
    summary: "A worker has a function that cannot be registered.",
    next: "Correct its name, version or schema, and start the worker again.",
    retryable: false,
  },
  "function-input-invalid": {
    summary: "The payload is not what the function takes.",
    next: "Send what its input schema describes.",
    retryable: false,
  },
  "function-output-invalid": {
    summary: "What the function answered breaks its own contract.",
    next: "Mend the function, or its output schema.",
    retryable: false,
  },
  "queue-unknown": {
    summary: "There is no queue with this name.",
    next: "List the queues with `baton queue list`.",
    retryable: false,
  },
  "queue-in-use": {
    summary: "Something is in the queue or below it, so it cannot be removed.",
    next: "Remove the queues below it, and wait for its jobs or cancel them.",
    retryable: false,
  },
  "node-unknown": {
    summary: "There is no node with this name.",
    next: "List the nodes with `baton node list`.",
    retryable: false,
  },
  "node-unreadable": {
    summary: "What the node says of itself cannot be read.",
    next: "Correct the places that are listed; docs/guide/nodes.md has all fields.",
    retryable: false,
  },
  "node-name-taken": {
    summary: "Another node has this name.",
    next: "Give the machine another name with --name. If it is the same one with a new data folder, it is let in when the lease of the former one is over.",
    retryable: true,
  },
  "node-clock-off": {
    summary: "The node's clock is too far from the server's.",
    next: "Set the clock of the machine, best by NTP; the node tries again by itself.",
    retryable: true,
  },
  "node-under-pressure": {
    summary: "The node has hardly any memory or disk left, and gets no new jobs.",
    next: "See what uses it there, and end or clear it; jobs come again by themselves.",
    retryable: true,
  },
  "node-session-ended": {
    summary: "The node's session is over.",
    next: "Join again, and say what is held; orders and reports go on in the new session.",
    retryable: false,
  },
  "node-there": {
    summary: "The node is there, so it cannot be removed.",
    next: "Drain it with `baton node drain`, stop it, and remove it when it is lost.",
    retryable: false,
  },
  "node-token-invalid": {
    summary: "The token or key of the node is none that this server knows.",
    next: "Make a token with `baton node token create`, and give it to `baton node join --token`.",
    retryable: false,
  },
  "node-token-expired": {
    summary: "The token for joining has expired.",
    next: "Make another one with `baton node token create`. Nodes that have joined already need none.",
    retryable: false,
  },
  "node-token-confined": {
    summary: "A token for nodes lets nodes in, and nothing else.",
    next: "Use the token that the server was started with.",
    retryable: false,
  },
  "node-token-unknown": {
    summary: "There is no token for joining with this id.",
    next: "List them with `baton node token list`.",
    retryable: false,
  },
  "node-tokens-too-many": {
    summary: "There are as many tokens for joining as there may be.",
    next: "Delete those that nobody needs with `baton node token delete`.",
    retryable: false,
  },
  "packages-unavailable": {
    summary: "Nothing here keeps packages of functions.",
    next: "Deploy the package to a server (`baton up`), or run the functions by a worker of your own.",
    retryable: false,
  },
  "package-unknown": {
    summary: "The server does not keep a package of functions with this digest.",
    next: "Deploy the package once more with `baton function deploy`.",
    retryable: false,
  },
  "autoscaler-unknown": {
    summary: "There is no autoscaler with this name.",
    next: "List the autoscalers with `baton autoscaler list`.",
    retryable: false,
  },
  "scale-target-failed": {
    summary: "What is to be scaled did not take the number.",
    next: "Look at the message: a deployment must be hybrid, a receiver must answer with a status of 2xx. It is asked again.",
    retryable: true,
  },
  "scale-target-taken": {
    summary: "Another autoscaler scales the same thing.",
    next: "Put the measurements of both into one autoscaler: the largest wish counts. Or try the second one with dryRun: true.",
    retryable: false,
  },
  "deployment-unknown": {
    summary: "There is no deployment with this name.",
    next: "List the deployments with `baton deployment list`.",
    retryable: false,
  },
  "deployment-version-unknown": {
    summary: "The deployment does not have the version that it is to go back to.",
    next: "Look at its versions with `baton deployment history NAME`; the last five are kept.",
    retryable: false,
  },
  "objects-unreadable": {
    summary: "The objects cannot be read.",
    next: "Correct the places that are listed; docs/guide/queues.md and docs/guide/deployments.md have all fields.",
    retryable: false,
  },
  "server-overloaded": {
    summary: "More is being started than can be stored.",
    next: "Send the request again after a moment.",
    retryable: true,
  },
  "server-stopping": {
    summary: "The server is shutting down.",
    next: "Send the request again once the server is back.",
    retryable: true,
  },
} as const satisfies ErrorTable<string>;

/** The error codes of the runtime. */
export type RuntimeErrorCode = keyof typeof table;

/** A BatonError with one of the runtime's codes. */
export const runtimeError = errorFactory<RuntimeErrorCode>(table);

/** What to do about one of the runtime's codes; undefined for another. */
export function runtimeAdvice(code: string): string | undefined {
  return Object.hasOwn(table, code) ? table[code as RuntimeErrorCode].next : undefined;
}
