// One metric in Prometheus text format.
import type { HistogramStats } from "@baton/runtime";

/** One value with its labels. */
export interface Sample {
  readonly suffix?: string;
  readonly labels?: { readonly [name: string]: string };
  readonly value: number;
}

type MetricType = "counter" | "gauge" | "histogram";

/** The lines of a metric. */
export function metric(name: string, type: MetricType, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ suffix = "", labels = {}, value }) => `${name}${suffix}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelText(labels: { readonly [name: string]: string }): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** The samples of a histogram, with the labels that tell it from others of its name. */
export function histogram({ bounds, counts, count, sum }: HistogramStats, labels: { readonly [name: string]: string } = {}): Sample[] {
  const buckets = bounds.map((bound, i) => ({ suffix: "_bucket", labels: { ...labels, le: String(bound) }, value: counts[i] ?? 0 }));
  const whole = { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: count };
  return [...buckets, whole, { suffix: "_sum", labels, value: sum }, { suffix: "_count", labels, value: count }];
}
