import type { Browser, Page } from "playwright-core";

/** What the page's main thread did while it was traced, in milliseconds of its processor time. */
export interface Traced {
  /** What script, style and layout needed in each frame. */
  readonly frames: readonly number[];
  /** The longest task. */
  readonly longestTask: number;
}

/** An event of Chromium's trace format; times are in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Of the thread's own time: what other programs needed meanwhile is not in it. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

const CATEGORIES = ["-*", "devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel", "__metadata"];
const FRAME = "FireAnimationFrame";
/** What counts as script or layout; each event but those that lie within another of them. */
const WORK = new Set([
  FRAME,
  "EvaluateScript",
  "EventDispatch",
  "FunctionCall",
  "Layout",
  "RunMicrotasks",
  "TimerFire",
  "UpdateLayoutTree",
  "XHRReadyStateChange",
  "v8.callFunction",
]);

/** Does `work`, and says what it cost the page, which asks for a frame of animation in each frame. */
export async function traced<T>(browser: Browser, page: Page, work: () => Promise<T>): Promise<Traced & { readonly value: T }> {
  await browser.startTracing(page, { categories: CATEGORIES });
  const value = await work();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { readonly traceEvents: readonly TraceEvent[] };
  return { ...readTrace(trace.traceEvents), value };
}

function readTrace(events: readonly TraceEvent[]): Traced {
  const main = mainThread(events);
  const own = events.filter(({ ph, pid, tid }) => ph === "X" && pid === main.pid && tid === main.tid);
  const tasks = own.filter(({ name }) => name.endsWith("RunTask"));
  const work = outermost(own.filter(({ name }) => WORK.has(name)));
  const starts = work.filter(({ name }) => name === FRAME).map(({ ts }) => ts);
  if (starts.length < 2 || tasks.length === 0) throw new Error("the trace holds no frames of the page");
  const frames = new Array<number>(starts.length - 1).fill(0);
  let frame = -1;
  for (const event of work) {
    while (frame + 1 < starts.length && event.ts >= starts[frame + 1]!) frame += 1;
    if (frame >= 0 && frame < frames.length) frames[frame]! += costOf(event);
  }
  return { frames, longestTask: Math.max(...tasks.map(costOf)) };
}

/** The one of all renderers that asked for the most frames. */
function mainThread(events: readonly TraceEvent[]): TraceEvent {
  const named = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const framesOf = ({ pid, tid }: TraceEvent): number =>
    events.filter((event) => event.name === FRAME && event.pid === pid && event.tid === tid).length;
  const main = named.toSorted((one, other) => framesOf(other) - framesOf(one))[0];
  if (main === undefined) throw new Error("the trace names no renderer");
  return main;
}

function outermost(events: readonly TraceEvent[]): TraceEvent[] {
  let end = -1;
  const kept: TraceEvent[] = [];
  for (const event of events.toSorted((one, other) => one.ts - other.ts || (other.dur ?? 0) - (one.dur ?? 0))) {
    if (event.ts < end) continue;
    end = event.ts + (event.dur ?? 0);
    kept.push(event);
  }
  return kept;
}

function costOf({ tdur, dur }: TraceEvent): number {
  return (tdur ?? dur ?? 0) / 1_000;
}

/** The value below which so large a share of them is. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}
