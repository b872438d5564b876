// The memory map: one dot a piece of the VM's memory, as the target knows it.
import { h } from "./dom.mjs";
import { countDots, frameAt, freedFrom } from "./film.mjs";
import { grouped, ramp, spanAt } from "./axis.mjs";

// The last is what a guest asked for that had gone ahead of its memory: it came before its turn.
const MEMORY_KINDS = [["not sent", "--p-none"], ["sent", "--p-sent"], ["dirty", "--p-dirty"], ["asked for", "--p-fault"]];

/** The kinds of dots that a film has, as word and colour. */
export const kindsOf = (film) => MEMORY_KINDS.slice(0, film?.asks ? 4 : 3);

/** A colour as the browser computes it, as one little-endian pixel. */
export function pixelOf(colour) {
  const [r, g, b] = colour.startsWith("#")
    ? [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16))
    : colour.match(/\d+/g).map(Number);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** Build the map; `paint(x, film, trouble)` draws a position's frame and answers with its counts. */
export function makeMemory(run) {
  const side = Math.ceil(Math.sqrt(run.film ? run.film.dots : 65536));
  const canvas = h("canvas", { width: side, height: side, role: "img", "aria-label": "Memory map" });
  const note = h("span", { class: "mem-note", hidden: true });
  const kinds = kindsOf(run.film);
  const values = kinds.map(() => h("b", {}, "0"));
  const legend = kinds.map(([word, colour], i) =>
    h("li", {}, h("i", { style: `background:var(${colour})` }), `${word} `, values[i]));
  const node = h("div", { class: "mem" },
    h("h3", {}, `Memory of ${run.vm}, seen by the target`),
    h("div", { class: "mem-map" }, canvas, note),
    h("ul", { class: "mem-legend" }, legend, run.film && h("li", {}, run.film.dot)));
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer);
  const blank = new Uint8Array(side * side);
  let shown = "";
  let counts = null;
  return {
    node,
    paint(x, film, trouble) {
      const [span, f] = spanAt(run.spans, x);
      const copy_s = ramp(span.copy_s, f);
      const wipe = ramp(span.wipe, f);
      const begun = film && run.film.starts_x !== null && x >= run.film.starts_x;
      const style = getComputedStyle(canvas);
      const palette = MEMORY_KINDS.map(([, name]) => pixelOf(style.getPropertyValue(name).trim()));
      const k = begun ? frameAt(run.film.seconds, copy_s) : -1;
      const key = `${k} ${wipe} ${palette} ${trouble}`;
      if (key === shown) return counts;
      shown = key;
      const frame = freedFrom(begun ? film.frame(k) : blank, wipe);
      for (let i = 0; i < frame.length; i++) pixels[i] = palette[frame[i]];
      context.putImageData(image, 0, 0);
      counts = countDots(frame);
      values.forEach((value, i) => { value.textContent = grouped(counts[i]); });
      const words = kinds.map(([word], i) => `${grouped(counts[i])} ${word}`).join(", ");
      canvas.setAttribute("aria-label", `Memory map: ${words} of ${grouped(frame.length)} dots`);
      note.hidden = wipe < 0.5 && !trouble;
      note.textContent = trouble || run.freed;
      return counts;
    },
  };
}
