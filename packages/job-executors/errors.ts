// What can go wrong with a job on a node. Failures are part of a result; the others are thrown to whoever drives the
// executor. One entry per code, one page per entry.
import { errorFactory, type ErrorTable } from "@baton/core";

const failures = {
  "job-spec-invalid": {
    summary: "The job cannot be run as it is described.",
    next: "Correct the field that is named and submit the job again.",
    retryable: false,
  },
  "command-not-found": {
    summary: "The command of the job is not on this node.",
    next: "Check the spelling, install it on the node, or constrain the job to nodes that have it.",
    retryable: false,
  },
  "command-not-permitted": {
    summary: "The node's user may not run the command of the job.",
    next: "Make the file executable for the user that the node runs as.",
    retryable: false,
  },
  "interpreter-missing": {
    summary: "The node has no interpreter of the script's language.",
    next: "Install it on the node, or constrain the job to nodes that have it.",
    retryable: false,
  },
  "sandbox-unavailable": {
    summary: "The node has no sandbox for scripts, and does not run them without.",
    next: "Install bubblewrap on the node, or allow it to run scripts without a sandbox.",
    retryable: false,
  },
  "image-missing": {
    summary: "The image of the job's container cannot be had.",
    next: "Check the name and the tag, and that the node can reach the registry and may pull from it.",
    retryable: false,
  },
  "volume-missing": {
    summary: "A file or folder that the job's container is to see is not on this node.",
    next: "Create it on the node, constrain the job to nodes that have it, or say create: true for an empty folder.",
    retryable: false,
  },
  "container-name-taken": {
    summary: "The node has a container with the name that the job gives its own.",
    next: "Remove that container, or leave the name out: then each container gets one of its own.",
    retryable: false,
  },
  "container-port-taken": {
    summary: "Another program has a port of the node that the job's container asks for.",
    next: "Stop that program, name another port of the host, or constrain the job to nodes on which it is free.",
    retryable: true,
  },
  "container-engine-unavailable": {
    summary: "The node's container engine cannot be reached.",
    next: "Start Docker or Podman on the node, and let the node's user use its socket.",
    retryable: true,
  },
  "job-evicted": {
    summary: "The Kubernetes cluster took the job's pod away.",
    next: "Nothing, where the job may be retried: it is placed again. Look at the node for what it was short of.",
    retryable: true,
  },
  "kubernetes-quota-exceeded": {
    summary: "The quota of the job's namespace in the Kubernetes cluster has no room for its pod.",
    next: "Submit it again when others have ended, or let Baton's queue have a quota no larger than the namespace's: then jobs wait.",
    retryable: true,
  },
  "kubernetes-unauthorized": {
    summary: "The Kubernetes cluster does not know who asks: the token or the certificate is wrong, or has expired.",
    next: "Get new credentials for the context, and start again with them.",
    retryable: false,
  },
  "kubernetes-forbidden": {
    summary: "The Kubernetes cluster does not allow what Baton needs to do there.",
    next: "Give the user that is named the permission that is named: docs/guide/kubernetes.md has a role with all of them.",
    retryable: false,
  },
  "kubernetes-refused": {
    summary: "The Kubernetes cluster refused what it was asked.",
    next: "Look at the message: it is the cluster's own.",
    retryable: false,
  },
  "working-folder-missing": {
    summary: "The working folder of the job is not on this node.",
    next: "Create the folder, or leave it out: then the job gets an empty one of its own.",
    retryable: false,
  },
  "job-start-failed": {
    summary: "The node could not start the job.",
    next: "Look at the message: the node may be out of processes, memory or disk. The job may be tried again.",
    retryable: true,
  },
  "job-out-of-memory": {
    summary: "The job, or a process of it, was killed for needing more memory than its limit.",
    next: "Give it more memory, or make it use less.",
    retryable: false,
  },
  "job-out-of-disk": {
    summary: "The job's folder grew beyond its disk limit, and the job was killed.",
    next: "Give it more disk, or make it write less.",
    retryable: false,
  },
  "job-too-many-processes": {
    summary: "The job wanted more processes and threads than its limit, and was killed.",
    next: "Give it more processes, or make it start fewer.",
    retryable: false,
  },
  "job-timed-out": {
    summary: "The job ran longer than its timeout, and was stopped.",
    next: "Give it more time, or find out what it waits for.",
    retryable: false,
  },
  "job-cancelled": {
    summary: "The job was cancelled.",
    next: "Nothing: somebody asked for it.",
    retryable: false,
  },
  "job-orphaned": {
    summary: "Nobody asked after the job for too long, so its node stopped it.",
    next: "Start the server or the node agent again; the job is placed again as its retries allow.",
    retryable: true,
  },
  "job-lost": {
    summary: "What watched the job stopped, so how the job ended is unknown; what was left of it was killed.",
    next: "Nothing, where the job may be retried: it is placed again.",
    retryable: true,
  },
} as const satisfies ErrorTable<string>;

const troubles = {
  "allocation-taken": {
    summary: "This allocation runs here already under another fencing token.",
    next: "Stop and release the job that is there first.",
    retryable: false,
  },
  "job-unknown": {
    summary: "No job of this allocation is on this node.",
    next: "Nothing: it was released, or never started here.",
    retryable: false,
  },
  "job-running": {
    summary: "A job that still runs cannot be released.",
    next: "Wait for its result, or stop it first.",
    retryable: true,
  },
  "engine-unreachable": {
    summary: "The container engine of the node does not answer.",
    next: "Start the engine again; the jobs that it ran are found by their labels.",
    retryable: true,
  },
  "kubeconfig-invalid": {
    summary: "How to reach the Kubernetes cluster cannot be read.",
    next: "Name a kubeconfig file, with a context of it behind a colon if not its current one is meant; its user needs a token, a token file, a client certificate, or a program that gives tokens (exec).",
    retryable: false,
  },
  "kubernetes-unreachable": {
    summary: "The API server of the Kubernetes cluster does not answer.",
    next: "Check the address and the certificate authority of the context, and the network; pods that run go on meanwhile.",
    retryable: true,
  },
  "kubernetes-credentials-failed": {
    summary: "The program that the kubeconfig names gives no credentials for the Kubernetes cluster.",
    next: "Run the program as the same user, with the same environment; the message has its own words.",
    retryable: true,
  },
  "kubernetes-object-missing": {
    summary: "The Kubernetes cluster has no such object.",
    next: "Check the kind, the name and the namespace.",
    retryable: false,
  },
  "kubernetes-conflict": {
    summary: "Somebody else changes the same object of the Kubernetes cluster.",
    next: "Nothing, where it happens once: it is decided anew. Else find out who else scales it: a HorizontalPodAutoscaler, another server.",
    retryable: true,
  },
  "operation-unsupported": {
    summary: "The executor of the job cannot do this to it.",
    next: "Stop the job instead, or run it where that is possible.",
    retryable: false,
  },
  "launcher-unavailable": {
    summary: "The program that starts the node's processes cannot be started or reached.",
    next: "Look at launcher.log in the node's state folder.",
    retryable: true,
  },
} as const satisfies ErrorTable<string>;

const table = { ...failures, ...troubles } as const satisfies ErrorTable<string>;

/** Why a job failed, as far as its executor knows. */
export type JobFailureCode = keyof typeof failures;

/** All codes of this package. */
export type JobErrorCode = keyof typeof table;

/** A BatonError with one of this package's codes. */
export const jobError = errorFactory<JobErrorCode>(table);

/** Asked for an allocation with another token than it is here with. */
export function takenAllocation({ allocation, token }: { readonly allocation: string; readonly token: number }, asked: number): Error {
  const message = `Allocation ${allocation} is here with token ${token}, and was now given with token ${asked}.`;
  return jobError("allocation-taken", { message, where: allocation });
}

/** True for a code that this package declares. */
export function isJobErrorCode(code: string): code is JobErrorCode {
  return Object.hasOwn(table, code);
}

/** What to do about a failure; undefined for a code that is not one of these. */
export function failureAdvice(code: string): string | undefined {
  return Object.hasOwn(failures, code) ? failures[code as JobFailureCode].next : undefined;
}
