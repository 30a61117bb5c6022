// From the name of an order to its rules. A new order is one file, one name in policy.ts and one line here.
import { unreachable, type Instant, type Millis } from "@baton/core";
import type { Job, OrderRules } from "../model.ts";
import type { OrderPolicy } from "../policy.ts";
import { balanced } from "./balanced.ts";
import { edf } from "./edf.ts";
import { expansion } from "./expansion.ts";
import { fcfs } from "./fcfs.ts";
import { heft, peft } from "./graph.ts";
import { mct } from "./mct.ts";
import { priority } from "./priority.ts";
import { f1, unicef, wfp3 } from "./published.ts";
import { rr } from "./rr.ts";
import { sjf, srtf } from "./sjf.ts";

/** What some orders have to know of the world. */
export interface OrderFacts {
  /** The instant of the first submission. */
  readonly origin: () => Instant;
  /** How long all nodes would need for the work that waits. */
  readonly drainMs: () => Millis;
  readonly fastest: (job: Job) => number;
}

/** The rules of an order. */
export function orderRules(policy: OrderPolicy, facts: OrderFacts): OrderRules {
  switch (policy.name) {
    case "fcfs":
      return fcfs;
    case "sjf":
      return sjf;
    case "srtf":
      return srtf;
    case "rr":
      return rr(policy.sliceMs);
    case "priority":
      return priority(policy.pointsPerHour);
    case "edf":
      return edf;
    case "mct":
      return mct(facts.fastest);
    case "heft":
      return heft;
    case "peft":
      return peft;
    case "wfp3":
      return wfp3;
    case "unicef":
      return unicef;
    case "f1":
      return f1(facts.origin);
    case "balanced":
      return balanced(policy, facts.drainMs);
    case "expansion":
      return policy.capMs === undefined ? expansion() : expansion(policy.capMs);
    default:
      return unreachable(policy);
  }
}
