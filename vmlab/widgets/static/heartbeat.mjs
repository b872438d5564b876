// A client sends one beat after the other; a pause of the VM is a gap in the replies.
import { h, s } from "./dom.mjs";
import { ramp, secondsText, spanAt } from "./axis.mjs";

const BEATS = 70; // along the whole axis
const BEAT = [[0.36, 24], [0.43, 7], [0.53, 29], [0.6, 24]]; // within one, of 1

/** The line of replies as a path in a box of 1000 x 34; gaps are pairs of positions. */
export function beatPath(gaps) {
  const at = (x, y) => `${(x * 1000).toFixed(1)} ${y}`;
  const starts = [0, ...gaps.map((gap) => gap.x1)];
  const ends = [...gaps.map((gap) => gap.x0), 1];
  return starts.map((from, i) => {
    const until = ends[i];
    if (until <= from) return "";
    const beats = Array.from({ length: BEATS }, (_, k) => k / BEATS)
      .filter((x) => x >= from && x + 1 / BEATS <= until + 1e-9)
      .flatMap((x) => BEAT.map(([dx, y]) => `L${at(x + dx / BEATS, y)}`));
    return `M${at(from, 24)}${beats.join("")}L${at(until, 24)}`;
  }).join("");
}

/** Build the heartbeat of a run. */
export function makeHeartbeat(run) {
  const said = h("span", {});
  const future = s("rect", { class: "hb-future", y: 0, height: 34 });
  const head = s("line", { class: "hb-head", y1: 0, y2: 34 });
  const gaps = run.heartbeat.gaps.map(({ x0, x1, down }) => [
    s("rect", { class: down ? "hb-down" : "hb-pause", x: x0 * 1000, y: 0, width: Math.max(2, (x1 - x0) * 1000), height: 34 }),
    s("path", { class: "hb-flat", d: `M${x0 * 1000} 24H${Math.max(x0 * 1000 + 2, x1 * 1000)}` }),
  ]);
  const silent = run.words?.silent;
  const fault = run.fault && s("line", { class: "hb-fault", x1: run.fault.x * 1000, x2: run.fault.x * 1000, y1: 0, y2: 34 });
  const node = h("div", { class: "hb" },
    h("div", { class: "hb-words" }, h("span", {}, "A client’s heartbeat: one beat, one reply. Short stages are drawn wider."), said),
    s("svg", { viewBox: "0 0 1000 34", preserveAspectRatio: "none", "aria-hidden": "true" },
      gaps, s("path", silent ? { class: "hb-flat", d: "M0 24H1000" } : { class: "hb-line", d: beatPath(run.heartbeat.gaps) }), future, fault, head));
  return {
    node,
    paint(x) {
      const [span, f] = spanAt(run.spans, x);
      const down_s = ramp(span.down_s, f);
      const text = silent ? silent : span.phase === "lost" ? "no reply: the VM is down"
        : down_s > 0 ? `no reply for ${secondsText(down_s, 2)} s` : "every request answered";
      if (said.textContent !== text) said.textContent = text;
      head.setAttribute("x1", x * 1000);
      head.setAttribute("x2", x * 1000);
      future.setAttribute("x", x * 1000);
      future.setAttribute("width", (1 - x) * 1000);
    },
  };
}
