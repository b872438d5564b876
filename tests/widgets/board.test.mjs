import assert from "node:assert/strict";
import { test } from "node:test";
import { shareOf } from "../../vmlab/widgets/static/instants.mjs";
import { sayIfGone, within } from "../../vmlab/widgets/static/stepper.mjs";
import { stageBy } from "../../vmlab/widgets/static/wheel.mjs";

test("a step stays inside the list", () => {
  assert.deepEqual([-1, 0, 3, 9].map((at) => within(at, 4)), [0, 0, 3, 3]);
});

test("a kernel that is gone is told", () => {
  const said = [];
  sayIfGone({ send: () => { throw new Error("gone"); } }, (text) => said.push(text))({ type: "run" });
  sayIfGone({ send: (message) => said.push(message.type) }, (text) => said.push(text))({ type: "run" });
  assert.deepEqual(said, ["The kernel no longer knows this board: run its cell again.", "run"]);
});

test("arrows go round the wheel and past what a move does not have", () => {
  const sectors = [{ stage: "a" }, { stage: "b", absent: true }, { stage: "c" }];
  assert.equal(stageBy(sectors, "a", "ArrowRight"), "c");
  assert.equal(stageBy(sectors, "a", "ArrowDown"), "c");
  assert.equal(stageBy(sectors, "a", "ArrowLeft"), "c");
  assert.equal(stageBy(sectors, "c", "ArrowRight"), "a");
  assert.equal(stageBy(sectors, "c", "Enter"), null);
});

test("a share is read off the words of the table", () => {
  assert.equal(shareOf("80 % current: 3,284 MiB"), 80);
  assert.equal(shareOf("all 4,096 MiB, in use"), 100);
  assert.equal(shareOf("reserved, empty"), null);
});
