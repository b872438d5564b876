// A chart of plain shapes as SVG; what a shape means decides its colour, in the style sheet.
import { s } from "./dom.mjs";

/** The path of a cross, where a run never ends. */
export const crossPath = ({ x, y }) => `M${x - 3} ${y - 3}l6 6m0-6l-6 6`;

function drawShape(shape) {
  const { kind, tone, x, y } = shape;
  if (kind === "bar") return s("rect", { class: `draw-bar ${tone}`, x, y, width: shape.w, height: shape.h });
  if (kind === "line") return s("path", { class: `draw-line ${tone}${shape.dashed ? " dashed" : ""}`, d: shape.d });
  if (kind === "words") return s("text", { class: "draw-words", x, y, "text-anchor": shape.anchor }, shape.text);
  if (shape.sign === "cross") return s("path", { class: `draw-line ${tone}`, d: crossPath(shape) });
  return s("circle", { class: `draw-${shape.sign} ${tone}`, cx: x, cy: y, r: 5 });
}

/** A chart from its shapes; `height` may be more than its own, so that two stand alike. */
export function drawChart({ width, height, label, shapes }) {
  return s("svg", { class: "drawing", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, shapes.map(drawShape));
}
