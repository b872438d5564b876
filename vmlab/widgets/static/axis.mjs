// The run's axis: a list of spans, each a bundle of straight lines. Everything
// the player shows at a position 0..1 is read off here; nothing is computed twice.

const AXIS_EPSILON = 1e-9;

/** The span at a position, and how far into it (0..1). A span's start belongs to it. */
export function spanAt(spans, x) {
  let i = spans.length - 1;
  while (i > 0 && spans[i].x0 > x + AXIS_EPSILON) i -= 1;
  const { x0, x1 } = spans[i];
  return [spans[i], x1 > x0 ? Math.min(1, Math.max(0, (x - x0) / (x1 - x0))) : 1];
}

/** A point of a straight line; null stays null. */
export const ramp = (line, f) => (line ? line[0] + (line[1] - line[0]) * f : null);

/** The share of a round that has crossed at a position, and the seconds it took; null before. */
export function roundAt(round, x) {
  const { line } = round; // points [position, share, seconds]
  if (!line.length || x <= line[0][0]) return null;
  const i = Math.max(1, line.findIndex((point) => point[0] >= x));
  const [from, to] = x >= line.at(-1)[0] ? [line.at(-1), line.at(-1)] : [line[i - 1], line[i]];
  const f = to[0] > from[0] ? (x - from[0]) / (to[0] - from[0]) : 1;
  return [ramp([from[1], to[1]], f), ramp([from[2], to[2]], f)];
}

/** What a stage of the ribbon is at a position: "", now, done, failed or undone. */
export function stageState(stage, x) {
  const past = (mark) => mark !== null && x >= mark - AXIS_EPSILON;
  if (past(stage.failed_x)) return "failed";
  if (past(stage.undone_x)) return "undone";
  if (past(stage.done_x)) return "done";
  return past(stage.start_x) ? "now" : "";
}

/** How far a fine stage's cell is filled (0..1) at a position. */
export function stageFill(spans, stage, x) {
  let fill = 0;
  for (const span of spans) {
    if (span.x0 > x + AXIS_EPSILON) break;
    if (span.stage !== stage || !span.fill) continue;
    const f = span.x1 > span.x0 ? Math.min(1, (x - span.x0) / (span.x1 - span.x0)) : 1;
    fill = ramp(span.fill, f);
  }
  return fill;
}

/** The arrow of the way back on the ribbon (left and right, 0..1), or null before it begins. */
export function wayBack(run, x) {
  const undo = run.spans.filter((span) => span.kind === "undo");
  if (!undo.length || x < undo[0].x0 - AXIS_EPSILON) return null;
  const fine = run.ribbon.flatMap((guide) => guide.stages);
  const place = (span) => fine.find((one) => one.stage === span.stage).left;
  let left = run.fault.ribbon;
  for (const span of undo) {
    if (x < span.x0 - AXIS_EPSILON) break;
    const target = span === undo.at(-1) ? 0 : Math.min(left, place(span));
    left += (target - left) * spanAt([span], x)[1];
  }
  return [left, run.fault.ribbon];
}

/** Positions one can step to: where a stage (or a round) begins, and the end. */
export function stepMarks(spans, byRound) {
  return spans.filter((span, i) => byRound ? span.round !== null || span.kind === "end"
    : i === 0 || span.kind !== "stage" || spans[i - 1].stage !== span.stage).map((span) => span.x0);
}

/** The mark after (or before) a position; the end (or the start) where there is none. */
export function nextMark(marks, x, direction) {
  const e = 1e-6;
  if (direction > 0) return marks.find((mark) => mark > x + e) ?? 1;
  return marks.filter((mark) => mark < x - e).at(-1) ?? 0;
}

const WHOLE_NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A whole number with its thousands apart. */
export const grouped = (n) => WHOLE_NUMBER.format(n);

/** Mebibytes in few digits: 4,096 or 3.4. */
export const mibText = (n) => (n > 0 && n < 9.95 ? n.toFixed(1) : grouped(n));

/** Seconds in few digits: 45.9, 0.43. */
export const secondsText = (s, digits = 1) => s.toFixed(s > 0 && s < 0.995 ? Math.max(2, digits) : digits);

/** What the topology draws at a position: where the VM is, what of it has crossed, what broke. */
export function flightAt(run, x, counts, still = false) {
  const [span, f] = spanAt(run.spans, x);
  const total = counts && counts.reduce((sum, n) => sum + n, 0);
  const left = ramp(span.left_mib, f);
  const crossing = ramp(span.crossing, f);
  const fault = run.fault && x >= run.fault.x - AXIS_EPSILON ? run.fault : null;
  return {
    phase: span.phase,
    vm: run.vm,
    source: run.source,
    destination: run.destination,
    round: span.round,
    current: total ? (counts[1] + (counts[3] ?? 0)) / total : left === null ? 0 : 1 - left / (span.of_mib || run.memory_mib),
    crossing: still && crossing < 1 ? 0 : crossing,
    dots: span.dots ? (still ? 0 : (x * run.weight / 162) % 1) : null,
    where: span.where,
    rest: Boolean(run.rest),
    fault: fault && { kind: fault.kind, host: fault.host, label: fault.label },
  };
}
