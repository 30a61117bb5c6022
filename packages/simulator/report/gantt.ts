// A Gantt chart of a window of time: one row per node, as high as its share of the first resource, with each job drawn
// over the part of the node that it holds. A job whose part is not in one piece is drawn in several.
import type { Cluster } from "../cluster.ts";
import type { Workload } from "../workload/workload.ts";
import { formatSpan } from "./format.ts";
import type { PolicyResult } from "./result.ts";
import type { Span } from "./series.ts";
import { axes, escapeXml, formatTick, plot, px, seriesColours, timeScale, type Area } from "./svg.ts";

const width = 900;
const chartHeight = 260;
const windowJobs = 100;
const shownNodes = 40;
/** The room that a letter takes, in pixels. */
const letterWidth = 7;
const letterHeight = 13;
/** So much of a node's name has room to the left of its row. */
const shownLetters = 8;

/** Where the job that waited longest was submitted, with room for about a hundred jobs around it. */
export function ganttWindow(workload: Workload, { course }: PolicyResult, whole: Span): Span {
  let worst = 0;
  let longest = -1;
  for (let job = 0; job < workload.count; job++) {
    const wait = (course.start[job] as number) - (workload.submit[job] as number);
    if (wait > longest) {
      longest = wait;
      worst = job;
    }
  }
  const length = (whole.to - whole.from) * Math.min(1, windowJobs / workload.count);
  const centre = workload.submit[worst] ?? whole.from;
  const from = Math.max(whole.from, Math.min(centre - length / 2, whole.to - length));
  return { from, to: from + length };
}

/** Draws what ran in the window. */
export function ganttPlot(workload: Workload, cluster: Cluster, result: PolicyResult, window: Span): string {
  const nodes = cluster.nodes.slice(0, shownNodes);
  const resource = workload.resources[0]?.name ?? "";
  const capacities = nodes.map(({ capacity }) => capacity[resource] ?? 0);
  const total = capacities.reduce((sum, capacity) => sum + capacity, 0) || 1;
  const area: Area = { left: 60, right: width - 20, top: 40, bottom: 40 + chartHeight };
  const unit = workload.unitMs / 1000;
  const x = timeScale(0, (window.to - window.from) * unit, area.left, area.right);
  const at = (time: number): number => x.at((Math.min(window.to, Math.max(window.from, time)) - window.from) * unit);
  const pieces = layOut(workload, result, window, capacities);
  let below = 0;
  const offsets = capacities.map((capacity) => (below += capacity) - capacity);
  const bars = pieces.map(({ job, node, low, high }) => {
    const [start, end] = [result.course.start[job] as number, result.course.end[job] as number];
    const y = area.top + (((offsets[node] as number) + low) / total) * chartHeight;
    const barWidth = Math.max(0.5, at(end) - at(start) - 0.5);
    const barHeight = Math.max(0.5, ((high - low) / total) * chartHeight - 0.5);
    const bar = { x: px(at(start)), y: px(y), width: px(barWidth), height: px(barHeight) };
    const words = `job ${workload.ids[job]}: waited ${formatSpan((start - (workload.submit[job] as number)) * unit)}, ran ${formatSpan((end - start) * unit)}`;
    return `<rect class="f${(workload.tenant[job] as number) % seriesColours}" x="${bar.x}" y="${bar.y}" width="${bar.width}" height="${bar.height}" fill-opacity="0.85"><title>${escapeXml(words)}</title></rect>${label(workload.ids[job] as string, at(start), y, barWidth, barHeight)}`;
  });
  const frame = axes({ area, x, xLabel: window.from === 0 ? "time" : `time since ${formatSpan(window.from * unit)}`, formatX: formatTick });
  const borders = offsets.slice(1).map((offset) => {
    const y = px(area.top + (offset / total) * chartHeight);
    return `<line class="axis" x1="${area.left}" x2="${area.right}" y1="${y}" y2="${y}" stroke-opacity="0.35"/>`;
  });
  const names = nodes.map(({ id }, row) => {
    const rowHeight = ((capacities[row] ?? 0) / total) * chartHeight;
    const y = area.top + ((offsets[row] ?? 0) / total) * chartHeight + rowHeight / 2;
    return nodes.length > 1 && rowHeight >= letterHeight ? nodeName(id, area.left - 8, y) : "";
  });
  const left = cluster.nodes.length - nodes.length;
  const note = left > 0 ? ` (first ${nodes.length} nodes)` : "";
  const title = `${result.policy}${note}`;
  return plot(
    width,
    area.bottom + 50,
    `Gantt chart, ${title}`,
    `<text class="title" x="0" y="22">${escapeXml(title)}</text>${frame}${bars.join("")}${borders.join("")}${names.join("")}`,
  );
}

/** A job's name, where its bar has room for it. */
function label(id: string, x: number, y: number, barWidth: number, barHeight: number): string {
  if (barHeight < letterHeight || barWidth < (id.length + 1) * letterWidth) return "";
  return `<text class="name" x="${px(x + barWidth / 2)}" y="${px(y + barHeight / 2)}" dy="0.32em" text-anchor="middle">${escapeXml(id)}</text>`;
}

function nodeName(id: string, x: number, y: number): string {
  const name = id.length > shownLetters ? `${id.slice(0, shownLetters - 1)}…` : id;
  return `<text class="tick" x="${px(x)}" y="${px(y)}" dy="0.32em" text-anchor="end">${escapeXml(name)}</text>`;
}

/** A part of a node that a job holds, in amounts of the resource. */
export interface Piece {
  readonly job: number;
  readonly node: number;
  readonly low: number;
  readonly high: number;
}

/** Gives every job of the window its part of its node, the lowest that is free when it starts. */
export function layOut(workload: Workload, { course }: PolicyResult, window: Span, capacities: readonly number[]): Piece[] {
  const amount = workload.resources[0]?.amount;
  const jobs = Array.from({ length: workload.count }, (_, job) => job)
    .filter((job) => (course.end[job] as number) > window.from && (course.start[job] as number) < window.to)
    .filter((job) => capacities[course.node[job] as number] !== undefined)
    .sort((a, b) => (course.start[a] as number) - (course.start[b] as number) || a - b);
  const free: [number, number][][] = capacities.map((capacity) => [[0, capacity]]);
  const pieces: Piece[] = [];
  let held: Piece[] = [];
  for (const job of jobs) {
    const now = course.start[job] as number;
    for (const piece of held)
      if ((course.end[piece.job] as number) <= now) (free[piece.node] as [number, number][]).push([piece.low, piece.high]);
    held = held.filter((piece) => (course.end[piece.job] as number) > now);
    const node = course.node[job] as number;
    const taken = take(free[node] as [number, number][], amount?.[job] as number);
    for (const [low, high] of taken.pieces) {
      held.push({ job, node, low, high });
      pieces.push({ job, node, low, high });
    }
    free[node] = taken.left;
  }
  return pieces;
}

/** Takes `amount` from the lowest free parts. */
function take(free: readonly [number, number][], amount: number): { pieces: [number, number][]; left: [number, number][] } {
  const pieces: [number, number][] = [];
  const left: [number, number][] = [];
  let wanted = amount;
  for (const [low, high] of merge(free)) {
    const size = Math.min(wanted, high - low);
    if (size > 0) pieces.push([low, low + size]);
    if (high - low > size) left.push([low + size, high]);
    wanted -= size;
  }
  return { pieces, left };
}

/** The same parts in order, neighbours joined. */
function merge(parts: readonly [number, number][]): [number, number][] {
  const joined: [number, number][] = [];
  for (const [low, high] of [...parts].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && last[1] === low) last[1] = high;
    else joined.push([low, high]);
  }
  return joined;
}
