// The guide's three stages, under each its fine stages; the line of no return;
// the arrow that walks back.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { stageFill, stageState, wayBack } from "./axis.mjs";

const RIBBON_WORDS = { now: "now", done: "done", failed: "failed", undone: "undone" };
const RIBBON_LABEL = 58; // what the word Pre-copy needs
const RIBBON_ICONS = { done: "pass", failed: "error", undone: "undo" };

/** Build the ribbon of a run; `paint(x)` shows a position. */
export function makeRibbon(run) {
  const cells = [];
  const columns = run.ribbon.flatMap((guide) => guide.stages.map((one) => `minmax(0,${one.weight}fr)`));
  const list = h("ol", { class: "rib", style: `--columns:${columns.join(" ")}` },
    run.ribbon.map((guide) => ribbonGuide(guide, cells)));
  const arrow = h("div", { class: "rib-arrow", hidden: true }, h("span", {}, "way back"));
  const last = run.ribbon[2].stages;
  const after = last.find((one) => one.stage === "switched-over");
  const narrow = (after.left - last[0].left) / (1 - last[0].left); // where each guide's stage has its own line
  const under = h("div", { class: "rib-under", "aria-hidden": "true" },
    arrow, h("span", { class: "rib-no-return", style: `--left:${after.left * 100}%;--narrow:${narrow * 100}%` }, "point of no return"));
  return {
    nodes: [list, under],
    paint(x) {
      for (const cell of cells) cell(run, x);
      const way = wayBack(run, x);
      arrow.hidden = !way;
      if (way) {
        arrow.style.left = `${way[0] * 100}%`;
        arrow.style.width = `${(way[1] - way[0]) * 100}%`;
        arrow.classList.toggle("short", way[1] - way[0] < 0.13);
      }
    },
  };
}

function ribbonGuide(guide, cells) {
  const state = h("span", { class: "rib-state" });
  const item = h("li", { style: `--span:${guide.stages.length};--grow:${guide.stages.reduce((sum, one) => sum + one.weight, 0)}` },
    h("div", { class: "rib-guide" }, h("i", { "aria-hidden": "true" }, guide.number),
      h("span", { class: "rib-name" }, h("span", { class: "sr" }, `Stage ${guide.number}: `), guide.name), state),
    h("ol", { style: `--columns:${guide.stages.map((one) => `minmax(0,${one.weight}fr)`).join(" ")}` },
      guide.stages.map((stage) => ribbonCell(stage, cells))));
  let shown = null;
  cells.push((run, x) => {
    const now = stageState(guide, x);
    if (now === shown) return;
    shown = now;
    item.className = now;
    const word = RIBBON_WORDS[now];
    const mark = RIBBON_ICONS[now];
    state.replaceChildren(...(mark ? [icon(mark), h("span", { class: "sr" }, word)] : word ? [word] : []));
  });
  return item;
}

function ribbonCell(stage, cells) {
  const word = h("span", { class: "sr" });
  const fill = h("span", { class: "rib-fill" });
  const first = stage.rounds[0];
  const room = first && first.to * stage.weight > RIBBON_LABEL; // else ticks below the one word
  const rounds = stage.rounds.slice(1).map((round) =>
    h("i", { class: room ? "rib-round" : "rib-round tick", style: `left:${round.from * 100}%`, "aria-hidden": "true" },
      room && (round.to - round.from) * stage.weight > 13 ? round.label : ""));
  const item = h("li", { "data-stage": stage.stage },
    fill, h("span", { class: "rib-label", style: room ? `--width:${first.to * 100}%` : null }, stage.name), rounds, word);
  let shown = null;
  cells.push((run, x) => {
    fill.style.width = `${stageFill(run.spans, stage.stage, x) * 100}%`;
    const now = stageState(stage, x);
    if (now === shown) return;
    shown = now;
    item.className = now;
    word.textContent = now ? `, ${RIBBON_WORDS[now]}` : "";
  });
  return item;
}
