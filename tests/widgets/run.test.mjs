// What the player reads off the axis: pure functions.
import assert from "node:assert/strict";
import test from "node:test";
import {
  flightAt, mibText, nextMark, ramp, roundAt, secondsText, spanAt, stageFill, stageState, stepMarks, wayBack,
} from "../../vmlab/widgets/static/axis.mjs";
import { beatPath } from "../../vmlab/widgets/static/heartbeat.mjs";
import { pixelOf } from "../../vmlab/widgets/static/memory.mjs";
import { sawtooth } from "../../vmlab/widgets/static/chart.mjs";
import { sizeText } from "../../vmlab/widgets/static/rounds.mjs";

const span = (kind, stage, x0, x1, more = {}) => ({
  kind, stage, x0, x1, start_s: 10 * x0, end_s: 10 * x1, round: null, fill: null, left_mib: null,
  crossing: [0, 0], dots: false, phase: "none", where: "runs on a", ...more,
});
const run = {
  vm: "web01", source: "a", destination: "b", weight: 400, memory_mib: 100,
  fault: { x: 0.6, ribbon: 0.5, kind: "link", host: null, label: "link down" },
  ribbon: [{ stages: [{ stage: "queued", left: 0 }, { stage: "pre-copy", left: 0.25 }] }],
  spans: [
    span("stage", "queued", 0, 0.2, { fill: [0, 1] }),
    span("stage", "pre-copy", 0.2, 0.4, { round: "1", fill: [0, 0.6], left_mib: [100, 0], dots: true, phase: "copying" }),
    span("stage", "pre-copy", 0.4, 0.6, { round: "2", fill: [0.6, 0.8], left_mib: [10, 5], dots: true, phase: "copying" }),
    span("fault", "pre-copy", 0.6, 0.7),
    span("undo", "pre-copy", 0.7, 0.8),
    span("undo", "queued", 0.8, 1),
    span("end", "queued", 1, 1),
  ],
};

test("a span holds its start; the last one the end", () => {
  assert.equal(spanAt(run.spans, 0)[0], run.spans[0]);
  assert.equal(spanAt(run.spans, 0.2)[0], run.spans[1]);
  assert.equal(spanAt(run.spans, 0.999)[0], run.spans[5]);
  assert.deepEqual(spanAt(run.spans, 1), [run.spans[6], 1]);
  assert.ok(Math.abs(spanAt(run.spans, 0.3)[1] - 0.5) < 1e-9);
});

test("a line without ends stays unknown", () => {
  assert.equal(ramp([2, 4], 0.5), 3);
  assert.equal(ramp(null, 0.5), null);
});

test("a stage is now, then done or failed, and undone at last", () => {
  const stage = { start_x: 0.2, done_x: null, failed_x: 0.6, undone_x: null };
  assert.deepEqual([0.1, 0.2, 0.59, 0.6, 1].map((x) => stageState(stage, x)), ["", "now", "now", "failed", "failed"]);
  const passed = { start_x: 0, done_x: 0.2, failed_x: null, undone_x: 0.8 };
  assert.deepEqual([0.1, 0.2, 0.8].map((x) => stageState(passed, x)), ["now", "done", "undone"]);
});

test("a cell fills through its rounds and stays as it was on the way back", () => {
  const fills = [0, 0.3, 0.4, 0.6, 1].map((x) => stageFill(run.spans, "pre-copy", x).toFixed(2));
  assert.deepEqual(fills, ["0.00", "0.30", "0.60", "0.80", "0.80"]);
});

test("steps go from mark to mark, and to the ends", () => {
  const stages = stepMarks(run.spans, false);
  assert.deepEqual(stages, [0, 0.2, 0.6, 0.7, 0.8, 1]);
  assert.deepEqual(stepMarks(run.spans, true), [0.2, 0.4, 1]);
  assert.equal(nextMark(stages, 0.2, 1), 0.6);
  assert.equal(nextMark(stages, 0.3, -1), 0.2);
  assert.equal(nextMark(stages, 0, -1), 0);
  assert.equal(nextMark(stages, 1, 1), 1);
});

test("the arrow starts at the fault and walks to the left", () => {
  assert.equal(wayBack(run, 0.69), null);
  assert.deepEqual(wayBack(run, 0.7), [0.5, 0.5]);
  const lefts = [0.75, 0.8, 0.9, 1].map((x) => wayBack(run, x)[0]);
  for (const [i, left] of [0.375, 0.25, 0.125, 0].entries()) assert.ok(Math.abs(lefts[i] - left) < 1e-9);
});

test("a round follows its line, also while the link is down", () => {
  const round = { line: [[0.1, 0, 0], [0.2, 0.5, 10], [0.3, 0.5, 15], [0.4, 1, 25]] };
  assert.equal(roundAt(round, 0.1), null);
  assert.deepEqual(roundAt(round, 0.2), [0.5, 10]);
  assert.deepEqual(roundAt(round, 0.25).map((n) => n.toFixed(1)), ["0.5", "12.5"]);
  assert.deepEqual(roundAt(round, 1), [1, 25]);
  assert.equal(roundAt({ line: [] }, 1), null);
});

test("the topology hears what is current, and of the fault only once it tells", () => {
  const before = flightAt(run, 0.3, [10, 80, 10]);
  assert.equal(before.current, 0.8);
  assert.equal(before.fault, null);
  assert.ok(before.dots >= 0 && before.dots < 1);
  assert.ok(Math.abs(flightAt(run, 0.3, null).current - 0.5) < 1e-9);
  assert.equal(flightAt(run, 0.3, null, true).dots, 0);
  assert.deepEqual(flightAt(run, 0.6, null).fault, { kind: "link", host: null, label: "link down" });
  assert.equal(flightAt(run, 0.6, null).dots, null);
});

test("the heart's line is broken in a pause", () => {
  assert.equal(beatPath([]).match(/M/g).length, 1);
  const path = beatPath([{ x0: 0.4, x1: 0.6 }]);
  assert.equal(path.match(/M/g).length, 2);
  assert.ok(path.includes("L400.0 24M600.0 24"));
  assert.equal(beatPath([{ x0: 0.5, x1: 1 }]).match(/M/g).length, 1);
});

test("the sawtooth has a tooth a round", () => {
  assert.equal(sawtooth([[[0, 4], [1, 0]], [[1, 2], [2, 0]]], 2, 4), "M0.0 2.0L500.0 62.0M500.0 32.0L1000.0 62.0");
});

test("numbers are short and keep their units", () => {
  assert.deepEqual([4096, 640.2, 3.42, 0].map(mibText), ["4,096", "640", "3.4", "0"]);
  assert.deepEqual([45.93, 0.4301, 0].map((s) => secondsText(s)), ["45.9", "0.43", "0.0"]);
  assert.deepEqual(sizeText(46519), ["45.4", " GiB"]);
  assert.deepEqual(sizeText(4096), ["4,096", " MiB"]);
});

test("a colour is one pixel, whatever its spelling", () => {
  assert.equal(pixelOf("#56B4E9"), 0xffe9b456);
  assert.equal(pixelOf("rgb(86, 180, 233)"), 0xffe9b456);
});
