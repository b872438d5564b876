// The film's codec, against a film that Python made.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { countDots, decodeFilm, frameAt, freedFrom } from "../../vmlab/widgets/static/film.mjs";
import { kindsOf } from "../../vmlab/widgets/static/memory.mjs";

const made = JSON.parse(readFileSync(new URL("film.json", import.meta.url)));
const bytes = Buffer.from(made.film, "base64");

test("every frame has the dots that Python counted", async () => {
  const film = await decodeFilm(bytes, made);
  for (let k = 0; k < made.frames; k++) assert.deepEqual(countDots(film.frame(k)), made.counts[k]);
});

test("what was asked for is a kind of its own", () => {
  assert.deepEqual(countDots(new Uint8Array([3, 0, 3, 1, 2, 3])), [1, 1, 1, 3]);
  const words = (film) => kindsOf(film).map(([word]) => word);
  assert.deepEqual(words(undefined), ["not sent", "sent", "dirty"]);
  assert.deepEqual(words({ asks: false }), ["not sent", "sent", "dirty"]);
  assert.deepEqual(words({ asks: true }), ["not sent", "sent", "dirty", "asked for"]);
});

test("a large film keeps changes only, and is read in any order", async () => {
  const whole = await decodeFilm(bytes, made);
  const sparse = await decodeFilm(bytes, made, 0);
  for (const k of [0, 1, 119, 60, 49, 50, 51, 3, 100, 99]) assert.deepEqual(sparse.frame(k), whole.frame(k));
});

test("a film comes as an ArrayBuffer or as a view of one", async () => {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  for (const form of [buffer, new DataView(buffer)]) {
    const film = await decodeFilm(form, made);
    assert.deepEqual(countDots(film.frame(119)), made.counts[119]);
  }
});

test("a film that is not what it says is refused", async () => {
  await assert.rejects(decodeFilm(bytes, { frames: made.frames + 1, dots: made.dots }));
  await assert.rejects(decodeFilm(bytes, { frames: made.frames - 1, dots: made.dots }));
  await assert.rejects(decodeFilm(new Uint8Array([1, 2, 3]), made));
});

test("the frame of an instant is the last one at or before it", () => {
  const seconds = [0, 1, 2, 3];
  assert.deepEqual([-1, 0, 0.5, 1, 2.999, 3, 99].map((t) => frameAt(seconds, t)), [0, 0, 0, 1, 2, 3, 3]);
  assert.equal(frameAt(made.seconds, made.seconds.at(-1)), made.frames - 1);
});

test("memory is freed from its end", () => {
  const frame = new Uint8Array([1, 2, 1, 1]);
  assert.equal(freedFrom(frame, 0), frame);
  assert.deepEqual([...freedFrom(frame, 0.5)], [1, 2, 0, 0]);
  assert.deepEqual([...freedFrom(frame, 1)], [0, 0, 0, 0]);
  assert.deepEqual([...frame], [1, 2, 1, 1]);
});
