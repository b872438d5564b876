// An evacuation at an instant: pure functions.
import assert from "node:assert/strict";
import test from "node:test";
import { clockText, countAt, eventAt, linkAt, nextEvent, vmAt } from "../../vmlab/widgets/static/fleet-time.mjs";
import { thingShare } from "../../vmlab/widgets/static/things.mjs";
import { shellWords } from "../../vmlab/widgets/static/flight.mjs";

const good = { to: "b", ready_s: 0, start_s: 10, copies_s: 12, pause_s: 22, resumed_s: 23, end_s: 24, good: true, waits_for: "a" };
const bad = { ...good, start_s: 0, copies_s: 2, pause_s: null, resumed_s: null, end_s: 8, good: false };
const vm = (...tries) => ({ name: "v", host: "a", stays: "", tries });
const seen = (one, ...times) => times.map((t) => {
  const { at, does, to } = vmAt(one, t);
  return `${at} ${does} ${to ?? "-"}`;
});

test("a VM waits, copies, is paused, and runs over there", () => {
  assert.deepEqual(seen(vm(good), 0, 10, 12, 22, 23, 24), [
    "a waits b", "a sets up b", "a copies b", "a paused b", "b clean-up -", "b moved -"]);
  assert.equal(vmAt(vm(good), 17).share, 0.5);
});

test("a VM that comes back is tried again", () => {
  const again = { ...good, to: "c", ready_s: 8 };
  assert.deepEqual(seen(vm(bad, again), 3, 8, 10, 30), ["a copies b", "a waits c", "a sets up c", "c moved -"]);
  assert.deepEqual(seen(vm(bad), 8, 99), ["a came back -", "a came back -"]);
});

test("a VM that is only registered elsewhere copies nothing", () => {
  const off = { ...good, start_s: 0, copies_s: null, pause_s: null, resumed_s: null, end_s: 3 };
  assert.deepEqual(seen(vm(off), 1, 3), ["a sets up b", "b moved -"]);
});

test("what never begins waits to the end", () => {
  const never = { ...good, start_s: null, copies_s: null, pause_s: null, resumed_s: null, end_s: null };
  assert.deepEqual(seen(vm(never), 0, 99), ["a waits b", "a waits b"]);
  assert.deepEqual(seen({ ...vm(), stays: "a drive" }, 5), ["a stays -"]);
});

test("every VM is counted once", () => {
  const fleet = [vm(good), vm(bad), { ...vm(), stays: "why" }, vm()];
  assert.deepEqual(countAt(fleet, 3), { waits: 1, moves: 1, moved: 0, stays: 1 });
  assert.deepEqual(countAt(fleet, 99), { waits: 0, moves: 0, moved: 1, stays: 2 });
});

test("a link carries what it did last", () => {
  const steps = [[0, 0.5], [4, 1], [9, 0]];
  assert.deepEqual([0, 3.9, 4, 9, 50].map((t) => linkAt(steps, t)), [0.5, 0.5, 1, 0, 0]);
});

test("steps go from event to event, and to the ends", () => {
  const events = [{ s: 0 }, { s: 4 }, { s: 4 }, { s: 9 }];
  assert.equal(eventAt(events, 5), 2);
  assert.equal(nextEvent(events, 0, 1, 9), 4);
  assert.equal(nextEvent(events, 4, 1, 9), 9);
  assert.equal(nextEvent(events, 9, 1, 9), 9);
  assert.equal(nextEvent(events, 9, -1, 9), 4);
  assert.equal(nextEvent(events, 0, -1, 9), 0);
});

test("times read as in the static form", () => {
  assert.deepEqual([42.25, 119.9, 754].map(clockText), ["42.3 s", "119.9 s", "12 min 34 s"]);
});

test("a disk is copied along its line, and stays as far as it came", () => {
  const thing = { line: [[0.4, 0], [0.5, 0.5], [0.6, 0.75]] };
  assert.deepEqual([0.3, 0.4, 0.45, 0.5, 0.6, 1].map((x) => Number(thingShare(thing, x).toFixed(6))), [0, 0, 0.25, 0.5, 0.75, 0.75]);
  assert.equal(thingShare({ line: [] }, 0.9), 0);
});

test("the shell says what fills it", () => {
  assert.deepEqual(shellWords({ phase: "copying", round: "2", current: 0.5 }), ["round 2", "50 % current"]);
  assert.deepEqual(shellWords({ phase: "copying", round: "files", current: 0.5, rest: true }), ["files", "50 % copied"]);
  assert.deepEqual(shellWords({ phase: "shell", round: null, current: 0, rest: true }), ["folder, empty", ""]);
});
