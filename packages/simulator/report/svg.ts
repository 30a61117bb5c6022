// Building blocks of plots: text that is safe in XML, scales with round ticks, a frame with axes. A plot is a string of
// SVG; colours are CSS variables, so that one plot serves light and dark pages, alone or inside a report.

/** Text made safe for XML. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Coordinates with one decimal: enough for a screen, and short. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** From values to pixels, with the values at which the axis is marked. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** A linear scale from [low, high] to [from, to] with about `count` round ticks. */
export function linearScale(low: number, high: number, from: number, to: number, count = 5): Scale {
  const span = high > low ? high - low : 1;
  const step = roundStep(span / count);
  const first = Math.ceil(low / step);
  const ticks = Array.from({ length: Math.max(0, Math.floor((low + span) / step + 1e-9) - first + 1) }, (_, i) => (first + i) * step);
  return { at: (value) => from + ((value - low) / span) * (to - from), ticks };
}

/** 1, 2 or 5 times a power of ten: the smallest that is not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10);
}

const second = 1;
const minute = 60;
const hour = 3600;
const day = 86_400;
/** Steps at which people divide time, in seconds. */
const timeSteps = [1, 2, 5, 10, 15, 30]
  .flatMap((n) => [n * second, n * minute])
  .concat(
    [1, 2, 3, 6, 12].map((n) => n * hour),
    [1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * day),
  );
const sortedTimeSteps = timeSteps.sort((a, b) => a - b);

/** A linear scale of seconds with ticks at whole minutes, hours or days. */
export function timeScale(low: number, high: number, from: number, to: number, count = 8): Scale {
  const step = sortedTimeSteps.find((candidate) => (high - low) / candidate <= count);
  const linear = linearScale(low, high, from, to, count);
  if (step === undefined || high - low < count * second) return linear;
  const first = Math.ceil(low / step);
  return { at: linear.at, ticks: Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step) };
}

/** A logarithmic scale of seconds, from one second. */
export function logTimeScale(low: number, high: number, from: number, to: number): Scale {
  const natural = [1e-3, 1e-2, 1e-1, 1, 10, minute, 10 * minute, hour, 10 * hour, day, 10 * day, 100 * day, 1000 * day];
  return { at: logScale(low, high, from, to).at, ticks: natural.filter((tick) => tick >= low * 0.999 && tick <= high) };
}

/** A tick of a time scale, in the largest unit of which it is a whole number. */
export function formatTick(seconds: number): string {
  const unit = tickUnits.find(([size]) => seconds >= size && seconds % size === 0);
  if (seconds === 0) return "0";
  return unit ? `${seconds / unit[0]} ${unit[1]}` : `${Number((seconds * 1000).toPrecision(3))} ms`;
}

const tickUnits: readonly (readonly [number, string])[] = [
  [day, "d"],
  [hour, "h"],
  [minute, "min"],
  [second, "s"],
];

/** A logarithmic scale from [low, high], both above 0, with a tick at each power of ten. */
export function logScale(low: number, high: number, from: number, to: number): Scale {
  const [first, last] = [Math.log10(low), Math.log10(Math.max(high, low * 10))];
  const ticks: number[] = [];
  for (let power = Math.ceil(first - 1e-9); power <= last + 1e-9; power++) ticks.push(10 ** power);
  return { at: (value) => from + ((Math.log10(Math.max(value, low)) - first) / (last - first)) * (to - from), ticks };
}

/** A rectangle of pixels for the data, inside the plot. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What stands on the axes. */
export interface Axes {
  readonly area: Area;
  readonly x: Scale;
  readonly y?: Scale;
  readonly xLabel: string;
  readonly yLabel?: string;
  readonly formatX: (value: number) => string;
  readonly formatY?: (value: number) => string;
}

/** Grid lines, ticks and labels. */
export function axes({ area, x, y, xLabel, yLabel, formatX, formatY }: Axes): string {
  const parts: string[] = [];
  for (const tick of y?.ticks ?? []) {
    const at = px(y?.at(tick) ?? 0);
    parts.push(`<line class="grid" x1="${area.left}" x2="${area.right}" y1="${at}" y2="${at}"/>`);
    parts.push(
      `<text class="tick" x="${area.left - 8}" y="${at}" dy="0.32em" text-anchor="end">${escapeXml(formatY?.(tick) ?? "")}</text>`,
    );
  }
  for (const tick of x.ticks) {
    const at = px(x.at(tick));
    parts.push(`<line class="grid" x1="${at}" x2="${at}" y1="${area.top}" y2="${area.bottom}"/>`);
    parts.push(`<text class="tick" x="${at}" y="${area.bottom + 18}" text-anchor="middle">${escapeXml(formatX(tick))}</text>`);
  }
  parts.push(`<line class="axis" x1="${area.left}" x2="${area.right}" y1="${area.bottom}" y2="${area.bottom}"/>`);
  parts.push(`<text class="label" x="${area.right}" y="${area.bottom + 36}" text-anchor="end">${escapeXml(xLabel)}</text>`);
  if (yLabel) parts.push(`<text class="label" x="${area.left - 8}" y="${area.top - 12}" text-anchor="start">${escapeXml(yLabel)}</text>`);
  return parts.join("");
}

/** A line through points, given in pixels; a gap where a coordinate is not finite. */
export function path(points: readonly (readonly [number, number])[]): string {
  let drawing = false;
  return points
    .map(([x, y]) => {
      const finite = Number.isFinite(x) && Number.isFinite(y);
      const command = finite ? `${drawing ? "L" : "M"}${px(x)} ${px(y)}` : "";
      drawing = finite;
      return command;
    })
    .join("");
}

/** Number of distinct series colours; a ninth series would look like the first, so plots show at most eight. */
export const seriesColours = 8;

const light = ["#2a78d6", "#eb6834", "#1baf7a", "#eda100", "#e87ba4", "#008300", "#4a3aa7", "#e34948"];
const dark = ["#3987e5", "#d95926", "#199e70", "#c98500", "#d55181", "#2aa32a", "#9085e9", "#e66767"];

function variables(colours: readonly string[], ink: string, muted: string, grid: string, paper: string): string {
  return [
    ...colours.map((colour, i) => `--s${i}:${colour}`),
    `--ink:${ink}`,
    `--muted:${muted}`,
    `--grid:${grid}`,
    `--paper:${paper}`,
  ].join(";");
}

/** The style sheet of plots, for the element that `root` selects. */
export function plotStyle(root: string): string {
  return [
    `${root}{${variables(light, "#1b1b1a", "#63625e", "#e4e2dc", "#fcfcfb")};color-scheme:light dark}`,
    `@media(prefers-color-scheme:dark){${root}{${variables(dark, "#f2f1ee", "#a9a79f", "#3a3936", "#1a1a19")}}}`,
    "svg text{font:12px system-ui,sans-serif;fill:var(--muted)}svg .label{fill:var(--muted)}svg .name{fill:var(--ink)}svg .title{fill:var(--ink);font-weight:600;font-size:14px}",
    "svg .grid{stroke:var(--grid)}svg .axis{stroke:var(--muted)}svg .line{fill:none;stroke-width:2;stroke-linejoin:round}",
    ...Array.from({ length: seriesColours }, (_, i) => `svg .s${i}{stroke:var(--s${i})}svg .f${i}{fill:var(--s${i})}`),
  ].join("");
}

/** A whole plot of a given size. */
export function plot(width: number, height: number, title: string, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}"><title>${escapeXml(title)}</title>${body}</svg>`;
}

const margin = 14;

/** A plot as a file of its own: with its style sheet, a background, a margin, and without the words that only show on a page. */
export function standalone(svg: string): string {
  const [, width = 0, height = 0] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []).map(Number);
  const box = [-margin, -margin, width + 2 * margin, height + 2 * margin] as const;
  const start = svg.indexOf("</title>") + "</title>".length;
  const style = `<style>${plotStyle("svg")}svg .paper{fill:var(--paper)}</style>`;
  const paper = `<rect class="paper" x="${box[0]}" y="${box[1]}" width="${box[2]}" height="${box[3]}"/>`;
  const head = svg.slice(0, start).replace(/viewBox="[^"]*"/, `viewBox="${box.join(" ")}"`);
  return `${head}${style}${paper}${svg.slice(start).replaceAll(/<title>[^<]*<\/title>/g, "")}\n`;
}

/** Names of the series with their colours, in one row above the area. */
export function legend(names: readonly string[], left: number, top: number): string {
  let x = left;
  return names
    .map((name, i) => {
      const at = x;
      x += 26 + name.length * 7;
      return `<rect class="f${i}" x="${at}" y="${top - 9}" width="10" height="10" rx="2"/><text class="name" x="${at + 15}" y="${top}">${escapeXml(name)}</text>`;
    })
    .join("");
}
