// Memory still to send over true time: a sawtooth whose teeth shrink, or do not.
import { h, s } from "./dom.mjs";
import { mibText, ramp, secondsText, spanAt } from "./axis.mjs";

/** The falling lines as a path in a box of 1000 x 64. */
export function sawtooth(series, end_s, top_mib) {
  const point = ([t, mib]) => `${((t / end_s) * 1000).toFixed(1)} ${(62 - (mib / top_mib) * 60).toFixed(1)}`;
  return series.map((line) => `M${line.map(point).join("L")}`).join("");
}

/** Build the chart of a run. */
export function makeChart(run) {
  const { series, end_s, top_mib, label } = run.chart;
  const head = s("line", { class: "chart-head", y1: 0, y2: 64 });
  const node = h("figure", { class: "chart" },
    h("figcaption", {}, "Still to send, over true time"),
    h("div", { class: "chart-y", "aria-hidden": "true" }, h("span", {}, `${mibText(top_mib)} MiB`), h("span", {}, "0")),
    s("svg", { viewBox: "0 0 1000 64", preserveAspectRatio: "none", role: "img", "aria-label": label },
      s("path", { class: "chart-axis", d: "M0 0V63H1000" }),
      s("path", { class: "chart-line", d: sawtooth(series, end_s, top_mib) }), head),
    h("div", { class: "chart-x", "aria-hidden": "true" }, h("span", {}, "0 s"), h("span", {}, `${secondsText(end_s)} s`)));
  return {
    node,
    paint(x) {
      const [span, f] = spanAt(run.spans, x);
      const at = (Math.min(end_s, ramp([span.start_s, span.end_s], f)) / end_s) * 1000;
      head.setAttribute("x1", at);
      head.setAttribute("x2", at);
    },
  };
}
