// Signs of 16 px. Their shapes differ, not only their colours.
import { s } from "./dom.mjs";

const FILLED = { fill: "currentColor" };
const DRAWN = { fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linejoin": "round", "stroke-linecap": "round" };
const ON_TOP = { fill: "none", stroke: "var(--card)", "stroke-width": 1.8, "stroke-linecap": "round" };

const SIGNS = {
  error: [["M5 1h6l4 4v6l-4 4H5l-4-4V5z", FILLED], ["M5.5 5.5l5 5m0-5l-5 5", ON_TOP]],
  warning: [["M8 1l7.5 13.5H.5z", FILLED], ["M8 6v3.8M8 12.2v.1", ON_TOP]],
  advice: [["M8 1a7 7 0 110 14A7 7 0 018 1z", DRAWN], ["M8 7.4v4M8 4.6v.1", DRAWN]],
  queue: [["M8 1a7 7 0 110 14A7 7 0 018 1z", DRAWN], ["M8 4.2V8l2.6 2", DRAWN]],
  pass: [["M2.5 8.5l3.6 3.6L13.5 4", { ...DRAWN, "stroke-width": 2.2 }]],
  none: [["M8 3a5 5 0 110 10A5 5 0 018 3z", DRAWN]],
  chevron: [["M5 2.5L10.5 8 5 13.5", DRAWN]],
  undo: [["M6 3L2 7l4 4M2.5 7H10a3.7 3.7 0 010 7.4H7", DRAWN]],
  redo: [["M10 3l4 4-4 4M13.5 7H6a3.7 3.7 0 000 7.4h3", DRAWN]],
  play: [["M4 2l10 6-10 6z", FILLED]],
  pause: [["M3.5 2h3v12h-3zm6 0h3v12h-3z", FILLED]],
  next: [["M2 2l8 6-8 6zM12 2h2v12h-2z", FILLED]],
  prev: [["M14 2L6 8l8 6zM2 2h2v12H2z", FILLED]],
  round: [["M3 7.5a5 5 0 019-2.6M13 8.5a5 5 0 01-9 2.6", DRAWN], ["M12.3 1.6v3.6H8.7M3.7 14.4v-3.6h3.6", DRAWN]],
  close: [["M3.5 3.5l9 9m0-9l-9 9", DRAWN]],
  cylinder: [["M1.5 4v8c0 3.4 13 3.4 13 0V4c0-3.4-13-3.4-13 0s13 3.4 13 0", { ...DRAWN, "stroke-width": 1.3 }]],
};

/** A sign by its name, hidden from screen readers: words stand beside it. */
export function icon(name, tone = "") {
  const paths = (SIGNS[name] ?? SIGNS.none).map(([d, look]) => s("path", { d, ...look }));
  return s("svg", { class: `ico ${tone}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, paths);
}
