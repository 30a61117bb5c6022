// The typed client of the API, used by the command line and by programs. It needs nothing but fetch.
// Every method throws an ApiError for an answer that is a problem document, and a BatonError with the code
// server-unreachable where there was no answer.
import { BatonError, type Json, type JsonObject, type Millis } from "@baton/core";
import { apiError } from "./errors.ts";
import type { AuditEntry, AuditQuery } from "./audit-routes.ts";
import type { Job, JobExplanation, JobOutput, JobPlan, Submitted } from "./job-resources.ts";
import { QueuesClient } from "./client-queues.ts";
import type { AppliedObject } from "./queue-resources.ts";
import type {
  Approval,
  ApprovalAnswer,
  ApprovalSummary,
  AppliedFlow,
  AppliedFunction,
  CatalogFunction,
  CatalogFunctionSummary,
  FunctionVersion,
  Delivery,
  Diagnosis,
  Firing,
  Flow,
  FlowComparison,
  FlowSummary,
  ForkRequest,
  Migration,
  Operation,
  OperationRequest,
  OperationVerb,
  Page,
  RunSummary,
  RunVerb,
  RunView,
  Schedule,
  ScheduleVerb,
  Secret,
  SecretRotation,
  KeptEvent,
  ReceivedEvents,
  Webhook,
  WebhookSpec,
  WebhookTest,
} from "./resources.ts";
import { dryRunOf, type ClientOptions, type DryRun, type FlowAnswer, type FlowName } from "./client-queries.ts";
import type { JobExportQuery, JobQuery, PageQuery, RunQuery } from "./client-queries.ts";
import { AutoscalersClient } from "./client-autoscalers.ts";
import { DeploymentsClient } from "./client-deployments.ts";
import { NodesClient, type Send } from "./client-nodes.ts";
import { addressOf, bodyOf, causeOf, errorOf, jsonBody, piecesOf, type Call } from "./client-wire.ts";
import { LockCalls } from "./lock-calls.ts";
import { routes, type OperationId } from "./routes.ts";
import { readEvents } from "./sse.ts";
import { brokenIsOver, delay, emptyBody, nextState } from "./watching.ts";

/** How long a call of a flow waits for its output when nothing is said. */
const defaultCallMs: Millis = 30_000;
const defaultReconnectMs = 1000;

/** Speaks to one server. */
export class BatonClient {
  /** Calls about nodes. */
  readonly nodes: NodesClient;
  readonly deployments: DeploymentsClient;
  readonly autoscalers: AutoscalersClient;
  readonly queues: QueuesClient;
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #program: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #reconnectMs: Millis;
  /** Named locks. */
  readonly locks = new LockCalls((operation, call) => this.#send(operation, call));

  constructor(options: ClientOptions) {
    this.#url = options.url.replace(/\/+$/, "");
    this.#token = options.token;
    this.#program = options.program;
    this.#fetch = options.fetch ?? fetch;
    const send: Send = (operation, call) => this.#json(operation, call);
    this.nodes = new NodesClient(send);
    this.deployments = new DeploymentsClient(send);
    this.autoscalers = new AutoscalersClient(send);
    this.queues = new QueuesClient(send);
    this.#reconnectMs = options.reconnectMs ?? defaultReconnectMs;
  }

  /** Registers a flow from its document, YAML or JSON. */
  applyFlow(source: string, options: DryRun = {}): Promise<AppliedFlow> {
    return this.#json("applyFlow", { body: { type: "text/yaml", text: source }, query: dryRunOf(options) });
  }

  /** The newest version of every flow, a page at a time. */
  listFlows(query: PageQuery & { readonly namespace?: string } = {}): Promise<Page<FlowSummary>> {
    return this.#json("listFlows", { query: { ...query } });
  }

  /** One flow: the version that is named, or the newest. */
  getFlow({ namespace, name, version }: FlowName): Promise<Flow> {
    return this.#json(version === undefined ? "getFlow" : "getFlowVersion", { path: { namespace, name, version } });
  }

  /** The versions of a flow, the newest first. */
  listFlowVersions({ namespace, name }: FlowName, query: PageQuery = {}): Promise<Page<FlowSummary>> {
    return this.#json("listFlowVersions", { path: { namespace, name }, query: { ...query } });
  }

  /**
   * Starts a run. With `waitMs` the answer is held until the run has ended, at most so long: look at its status.
   * The same idempotency key starts one run, however often it is sent.
   */
  startRun(
    { namespace, name, version }: FlowName,
    input: Json,
    options: { readonly waitMs?: Millis; readonly idempotencyKey?: string; readonly signal?: AbortSignal } = {},
  ): Promise<RunView> {
    return this.#json("startRun", {
      path: { namespace, name },
      query: { version, wait: waitText(options.waitMs) },
      headers: { "idempotency-key": options.idempotencyKey },
      body: jsonBody(input),
      signal: options.signal,
    });
  }

  /** Runs a flow as one calls a service: its output, or the run where that goes on. A run that does not complete is an ApiError. */
  async callFlow(
    { namespace, name, version }: FlowName,
    input: Json,
    options: { readonly waitMs?: Millis; readonly idempotencyKey?: string; readonly signal?: AbortSignal } = {},
  ): Promise<FlowAnswer> {
    const response = await this.#send("startRun", {
      path: { namespace, name },
      query: { version, answer: "output", wait: waitText(options.waitMs ?? defaultCallMs) },
      headers: { "idempotency-key": options.idempotencyKey },
      body: jsonBody(input),
      signal: options.signal,
    });
    if (!response.ok) throw await errorOf(response);
    return response.status === 200
      ? { completed: true, output: (await response.json()) as Json }
      : { completed: false, run: (await response.json()) as RunView };
  }

  /** The flows of a namespace as services: OpenAPI 3.1. */
  describeFlows(namespace: string, query: { readonly flow?: string; readonly version?: string } = {}): Promise<JsonObject> {
    return this.#json("describeFlows", { path: { namespace }, query: { ...query } });
  }

  /** A run with its steps; with `waitMs`, held until it has ended, at most so long. */
  getRun(id: string, options: { readonly waitMs?: Millis; readonly signal?: AbortSignal } = {}): Promise<RunView> {
    return this.#json("getRun", { path: { id }, query: { wait: waitText(options.waitMs) }, signal: options.signal });
  }

  /** Runs, the newest first, a page at a time. */
  listRuns(query: RunQuery = {}): Promise<Page<RunSummary>> {
    return this.#json("listRuns", { query: { ...query } });
  }

  /** Cancels, terminates, suspends, resumes or retries a run; answers the run after it. */
  commandRun(id: string, verb: RunVerb, options: { readonly idempotencyKey?: string } = {}): Promise<RunView> {
    return this.#json(`${verb}Run`, { path: { id }, headers: { "idempotency-key": options.idempotencyKey } });
  }

  /** Begins a run with the history of another one before a step; answers the new one. */
  forkRun(id: string, request: ForkRequest, options: { readonly idempotencyKey?: string } = {}): Promise<RunView> {
    return this.#json("forkRun", { path: { id }, headers: { "idempotency-key": options.idempotencyKey }, body: jsonBody(request) });
  }

  /** What differs between two versions of a flow, and which live runs of the first could go on with the second. */
  diffFlow({ namespace, name, version }: FlowName & { readonly version: string }, to: string): Promise<FlowComparison> {
    return this.#json("diffFlow", { path: { namespace, name, version }, query: { to } });
  }

  /** Lets a run go on with another version of its flow, or only says whether it could. */
  migrateRun(id: string, request: { readonly version: string; readonly check?: boolean }): Promise<Migration> {
    return this.#json("migrateRun", { path: { id }, body: jsonBody(request) });
  }

  /** Begins to do something to every run that fits a filter. */
  startOperation(request: OperationRequest): Promise<Operation> {
    return this.#json("startOperation", { body: jsonBody(request) });
  }

  /** Operations, the newest first, a page at a time. */
  listOperations(query: PageQuery = {}): Promise<Page<Operation>> {
    return this.#json("listOperations", { query: { ...query } });
  }

  /** An operation, and how far it has come. */
  getOperation(id: string): Promise<Operation> {
    return this.#json("getOperation", { path: { id } });
  }

  /** Pauses, resumes or stops an operation; answers the operation after it. */
  commandOperation(id: string, verb: OperationVerb): Promise<Operation> {
    return this.#json(`${verb}Operation`, { path: { id } });
  }

  /** What each run that has not ended waits for, and what keeps it from going on, a page at a time. */
  listDiagnoses(query: PageQuery = {}): Promise<Page<Diagnosis>> {
    return this.#json("listDiagnoses", { query: { ...query } });
  }

  /** What a run waits for, and what keeps it from going on. */
  getDiagnosis(id: string): Promise<Diagnosis> {
    return this.#json("getDiagnosis", { path: { id } });
  }

  /** Asks again for all that a run waits for; answers what is left to find. */
  wakeRun(id: string): Promise<Diagnosis> {
    return this.#json("wakeRun", { path: { id } });
  }

  /** Submits a job, or `{ jobs: [...] }`: what docs/guide/jobs.md describes. The same idempotency key submits once. */
  submitJobs(submission: Json, options: { readonly waitMs?: Millis; readonly idempotencyKey?: string } = {}): Promise<Submitted> {
    return this.#json("submitJobs", {
      query: { wait: waitText(options.waitMs) },
      headers: { "idempotency-key": options.idempotencyKey },
      body: jsonBody(submission),
    });
  }

  /** What would become of jobs if they were submitted now. */
  planJobs(submission: Json): Promise<JobPlan> {
    return this.#json("planJobs", { body: jsonBody(submission) });
  }

  /** The audit log: what was decided, by whom and why, the newest first, a page at a time. */
  listAudit(query: AuditQuery = {}): Promise<Page<AuditEntry>> {
    return this.#json("listAudit", { query: { ...query } });
  }

  /** Jobs, the newest first, a page at a time. */
  listJobs(query: JobQuery = {}): Promise<Page<Job>> {
    return this.#json("listJobs", { query: { ...query } });
  }

  /** A job; with `waitMs`, held until it has ended, at most so long. */
  getJob(id: string, options: { readonly waitMs?: Millis; readonly signal?: AbortSignal } = {}): Promise<Job> {
    return this.#json("getJob", { path: { id }, query: { wait: waitText(options.waitMs) }, signal: options.signal });
  }

  /** What a job has written, from a position on. */
  getJobOutput(
    id: string,
    options: { readonly from?: number; readonly attempt?: number; readonly waitMs?: Millis; readonly signal?: AbortSignal } = {},
  ): Promise<JobOutput> {
    const { from, attempt, waitMs, signal } = options;
    return this.#json("getJobOutput", { path: { id }, query: { from, attempt, wait: waitText(waitMs) }, signal });
  }

  /** Why a job waits, and what would let it start. */
  explainJob(id: string): Promise<JobExplanation> {
    return this.#json("explainJob", { path: { id } });
  }

  /** Cancels a job, or submits one that did not complete once more; answers the job after it, or the new one. */
  commandJob(id: string, verb: "cancel" | "retry", options: { readonly idempotencyKey?: string } = {}): Promise<Job> {
    return this.#json(`${verb}Job`, { path: { id }, headers: { "idempotency-key": options.idempotencyKey } });
  }

  /** Submits jobs that did not complete once more, which wait for each other as they did. All of them or none. */
  retryJobs(ids: readonly string[]): Promise<Submitted> {
    return this.#json("retryJobs", { body: jsonBody({ ids }) });
  }

  /** Creates or replaces queues, deployments and the other objects of the cluster, all or none. */
  async applyObjects(objects: readonly Json[], options: DryRun = {}): Promise<readonly AppliedObject[]> {
    const call = { body: jsonBody({ objects }), query: dryRunOf(options) };
    return (await this.#json<{ readonly items: readonly AppliedObject[] }>("applyObjects", call)).items;
  }

  /** What waits for a person, a page at a time; a page counts runs. */
  listApprovals(query: PageQuery = {}): Promise<Page<ApprovalSummary>> {
    return this.#json("listApprovals", { query: { ...query } });
  }

  /** An approval with what there is to decide on; the id is RUN.STEP, or RUN where that waits for one alone. */
  getApproval(id: string): Promise<Approval> {
    return this.#json("getApproval", { path: { id } });
  }

  /** Approves; answers the run after it. */
  approve(id: string, answer: ApprovalAnswer): Promise<RunView> {
    return this.#json("approve", { path: { id }, body: jsonBody(answer) });
  }

  /** Rejects; answers the run after it. */
  reject(id: string, answer: ApprovalAnswer): Promise<RunView> {
    return this.#json("reject", { path: { id }, body: jsonBody(answer) });
  }

  /** The schedules of flows, a page at a time. */
  listSchedules(query: PageQuery & { readonly namespace?: string } = {}): Promise<Page<Schedule>> {
    return this.#json("listSchedules", { query: { ...query } });
  }

  /** The schedule of a flow. */
  getSchedule({ namespace, name }: FlowName): Promise<Schedule> {
    return this.#json("getSchedule", { path: { namespace, name } });
  }

  /** The next firings of a flow's schedule. */
  async listFirings({ namespace, name }: FlowName, count?: number): Promise<readonly Firing[]> {
    const answer = await this.#json<{ readonly items: readonly Firing[] }>("listFirings", { path: { namespace, name }, query: { count } });
    return answer.items;
  }

  /** Pauses or resumes a schedule; answers the schedule after it. */
  commandSchedule({ namespace, name }: FlowName, verb: ScheduleVerb): Promise<Schedule> {
    return this.#json(`${verb}Schedule`, { path: { namespace, name } });
  }

  /** Starts the runs of past firings that have none; answers how many firings there are. */
  async backfillSchedule({ namespace, name }: FlowName, range: { readonly from: string; readonly until: string }): Promise<number> {
    const answer = await this.#json<{ readonly firings: number }>("backfillSchedule", { path: { namespace, name }, body: jsonBody(range) });
    return answer.firings;
  }

  /** The functions of the default catalog, a page at a time. */
  listFunctions(query: PageQuery & { readonly namespace?: string } = {}): Promise<Page<CatalogFunctionSummary>> {
    return this.#json("listFunctions", { query: { ...query } });
  }

  /** One version of a function with its text. */
  getFunction(name: FunctionVersion): Promise<CatalogFunction> {
    return this.#json("getFunction", { path: { ...name } });
  }

  /** Adds a version of a function to the default catalog. */
  putFunction(name: FunctionVersion, source: string): Promise<AppliedFunction> {
    return this.#json("putFunction", { path: { ...name }, body: { type: "text/yaml", text: source } });
  }

  /** Flows that are registered keep what they were made of. */
  async deleteFunction(name: FunctionVersion): Promise<void> {
    const response = await this.#send("deleteFunction", { path: { ...name } });
    if (!response.ok) throw await errorOf(response);
  }

  /** The secrets of a namespace by name, a page at a time; never their values. */
  listSecrets(namespace: string, query: PageQuery = {}): Promise<Page<Secret>> {
    return this.#json("listSecrets", { path: { namespace }, query: { ...query } });
  }

  /** Creates a secret, or gives it another value. */
  putSecret(secret: { readonly namespace: string; readonly name: string }, value: Json): Promise<Secret> {
    return this.#json("putSecret", { path: { ...secret }, body: jsonBody(value) });
  }

  /** A flow that reads it faults from then on. */
  async deleteSecret(secret: { readonly namespace: string; readonly name: string }): Promise<void> {
    const response = await this.#send("deleteSecret", { path: { ...secret } });
    if (!response.ok) throw await errorOf(response);
  }

  /** Encrypts with the current key whatever a former one encrypted. */
  rotateSecrets(): Promise<SecretRotation> {
    return this.#json("rotateSecrets", {});
  }

  /** The webhooks by name, a page at a time. */
  listWebhooks(query: PageQuery = {}): Promise<Page<Webhook>> {
    return this.#json("listWebhooks", { query: { ...query } });
  }

  /** One webhook. */
  getWebhook(name: string): Promise<Webhook> {
    return this.#json("getWebhook", { path: { name } });
  }

  /** Creates a webhook, or replaces what it had; what is left out is as if nothing was said. */
  putWebhook(name: string, spec: Pick<WebhookSpec, "url"> & Partial<WebhookSpec>): Promise<Webhook> {
    return this.#json("putWebhook", { path: { name }, body: jsonBody(spec) });
  }

  /** With all its deliveries. */
  async deleteWebhook(name: string): Promise<void> {
    const response = await this.#send("deleteWebhook", { path: { name } });
    if (!response.ok) throw await errorOf(response);
  }

  /** Holds what is to be sent, or lets it go on. */
  commandWebhook(name: string, verb: "pause" | "resume"): Promise<Webhook> {
    return this.#json(`${verb}Webhook`, { path: { name } });
  }

  /** Sends an event of no meaning, once, and tells what became of it. */
  testWebhook(name: string): Promise<WebhookTest> {
    return this.#json("testWebhook", { path: { name } });
  }

  /** What a webhook was sent, or is to be, the newest first. */
  listDeliveries(name: string, query: PageQuery & { readonly status?: Delivery["status"] } = {}): Promise<Page<Delivery>> {
    return this.#json("listDeliveries", { path: { name }, query: { ...query } });
  }

  /** Sends an event again that was delivered or given up. */
  redeliver(name: string, delivery: number): Promise<Delivery> {
    return this.#json("redeliver", { path: { name, delivery: String(delivery) } });
  }

  /** Sends CloudEvents; resolves once they are stored. */
  sendEvents(events: readonly JsonObject[]): Promise<ReceivedEvents> {
    return this.#json("sendEvents", { body: { type: "application/cloudevents-batch+json", text: JSON.stringify(events) } });
  }

  /** The events that are kept, the newest first. */
  listEvents(query: PageQuery & { readonly type?: string; readonly source?: string } = {}): Promise<Page<KeptEvent>> {
    return this.#json("listEvents", { query: { ...query } });
  }

  /** An event that is kept, by its number. */
  getEvent(event: number | string): Promise<KeptEvent> {
    return this.#json("getEvent", { path: { event: String(event) } });
  }

  /** Jobs of the past as a history that `baton simulate --trace` reads: its text, in pieces as they come. */
  async *exportJobs(query: JobExportQuery = {}, signal?: AbortSignal): AsyncGenerator<string> {
    const response = await this.#send("exportJobs", { query: { ...query }, signal });
    if (!response.ok) throw await errorOf(response);
    yield* piecesOf(response, signal);
  }

  /** Whether the server takes requests. */
  async ready(signal?: AbortSignal): Promise<boolean> {
    const response = await this.#send("ready", { signal });
    await response.arrayBuffer();
    return response.ok;
  }

  /**
   * A run as it goes on: its state now, then each new state until it has ended. A stream that breaks is taken up
   * again where it broke; the first connection must succeed.
   */
  async *watchRun(id: string, options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<RunView> {
    let seen = { id: "", run: undefined as RunView | undefined, ended: false };
    for (;;) {
      const response = await this.#connectWatch(id, seen.id, options.signal);
      if (response?.status === 204) return;
      if (response !== undefined)
        for await (const event of brokenIsOver(readEvents(response.body ?? emptyBody()))) {
          seen = { id: event.id, run: nextState(seen.run, event.event, event.data), ended: event.event === "end" };
          if (seen.ended) return;
          if (seen.run !== undefined) yield seen.run;
        }
      if (options.signal?.aborted === true) return;
      await delay(this.#reconnectMs, options.signal);
    }
  }

  /** Undefined where a stream that had begun cannot be taken up again yet. */
  async #connectWatch(id: string, lastEventId: string, signal: AbortSignal | undefined): Promise<Response | undefined> {
    try {
      const response = await this.#send("watchRun", { path: { id }, headers: { "last-event-id": lastEventId || undefined }, signal });
      if (response.ok) return response;
      throw await errorOf(response);
    } catch (error) {
      const passing = lastEventId !== "" && error instanceof Error && "retryable" in error && error.retryable === true;
      if (!passing) throw error;
      return undefined;
    }
  }

  async #json<Answer>(operation: OperationId, call: Call): Promise<Answer> {
    const response = await this.#send(operation, call);
    if (!response.ok) throw await errorOf(response);
    return (response.status === 204 ? undefined : await response.json()) as Answer;
  }

  async #send(operation: OperationId, call: Call): Promise<Response> {
    const headers: { [name: string]: string } = { accept: "application/json, text/event-stream" };
    for (const [name, value] of Object.entries(call.headers ?? {})) if (value !== undefined) headers[name] = value;
    if (this.#program !== undefined) headers["user-agent"] = this.#program;
    if (this.#token !== undefined) headers["authorization"] = `Bearer ${this.#token}`;
    if (call.body !== undefined) headers["content-type"] = call.body.type;
    try {
      return await this.#fetch(this.#url + addressOf(operation, call), {
        method: routes[operation].method,
        headers,
        ...bodyOf(call),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      });
    } catch (error) {
      if (call.signal?.aborted === true || error instanceof BatonError) throw error;
      throw apiError("server-unreachable", {
        message: `The server at ${this.#url} does not answer (${causeOf(error)}).`,
        where: this.#url,
        cause: error,
      });
    }
  }
}

function waitText(waitMs: Millis | undefined): string | undefined {
  return waitMs === undefined ? undefined : `${Math.round(waitMs)}ms`;
}
