import assert from "node:assert/strict";
import { test } from "node:test";
import { crossPath } from "../../vmlab/widgets/static/drawing.mjs";
import { reelWords, runOfReel } from "../../vmlab/widgets/static/reel.mjs";
import { makeSender } from "../../vmlab/widgets/static/what-if.mjs";

test("while the kernel works only the newest message waits", () => {
  const sent = [];
  const sender = makeSender((message) => sent.push(message));
  for (const n of [1, 2, 3]) sender.ask(n);
  assert.deepEqual(sent, [1]);
  assert.equal(sender.waiting(), 3);
  sender.answered();
  assert.deepEqual(sent, [1, 3]);
  assert.equal(sender.waiting(), null);
  sender.answered();
  sender.answered(); // nobody asked: a change from Python
  assert.deepEqual(sent, [1, 3]);
  sender.ask(4);
  assert.deepEqual(sent, [1, 3, 4]);
});

test("a reel is a run that is nothing but a copy", () => {
  const run = runOfReel({ seconds: [0, 2, 5], dots: 4 });
  assert.deepEqual(run.spans, [{ x0: 0, x1: 1, copy_s: [0, 5], wipe: [0, 0] }]);
  assert.equal(run.film.starts_x, 0);
  assert.equal(run.film.dots, 4);
});

test("after a post-copy switch there are no rounds to tell", () => {
  const plain = { seconds: [0, 1, 2], rounds: [1, 1, 2], push: null };
  assert.deepEqual(reelWords(plain, 1), { at: "1.0 s, round 1", of: " of 2" });
  const switched = { seconds: [0, 1, 2, 3], rounds: [1, 2, 2, 3], push: 3 };
  assert.deepEqual(reelWords(switched, 2), { at: "2.0 s, round 2", of: " of 2" });
  assert.deepEqual(reelWords(switched, 3), { at: "3.0 s, resumed, pages follow", of: "" });
  assert.equal(reelWords({ seconds: [0, 1], rounds: [1, 1], push: 1 }, 0).of, "");
});

test("a cross stands round its point", () => {
  assert.equal(crossPath({ x: 10, y: 5 }), "M7 2l6 6m0-6l-6 6");
});
