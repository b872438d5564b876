// The wheel of failures: a ring of stages to choose from, a prediction, a run, and its way back.
import { h, s } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { makeRegion } from "./region.mjs";
import { makeStepper, sayIfGone } from "./stepper.mjs";

const MARK_SIGNS = { right: "✓", wrong: "✕", "": "" };
const BY = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** The stage that an arrow key leads to: clockwise or back, past stages that the move does not have. */
export function stageBy(sectors, from, key) {
  const there = sectors.filter((sector) => !sector.absent);
  const at = there.findIndex((sector) => sector.stage === from);
  const by = BY[key];
  return by === undefined || at < 0 ? null : there[(at + by + there.length) % there.length].stage;
}

function render({ model, el }) {
  globalThis.vmlabWheels = (globalThis.vmlabWheels ?? 0) + 1;
  const id = `whl-${globalThis.vmlabWheels}`;
  const head = h("div", { class: "top" });
  const alert = h("div", { class: "alert", role: "alert" });
  const picture = h("div", { class: "wh-picture" });
  const choose = h("div", { class: "wh-choose", role: "group", "aria-label": "What shall fail" });
  const predict = h("div", { class: "wh-predict" });
  const verdict = h("div", { class: "wh-verdict", role: "status" });
  const entry = h("p", { class: "wh-entry" });
  const standing = h("div", { class: "wh-standing" });
  const after = h("div", { class: "wh-after" });
  let views = [];
  let past = false;
  let wanted = false; // the run was asked for here: go to its steps
  const stepper = makeStepper("wh", "Entry of the journal", ["Back", "Next entry"], (at) => {
    const view = views[at];
    if (!view) return "";
    drawEntry(view);
    drawStanding(view.standing, past && view.standing.length === 0);
    for (const node of picture.querySelectorAll("[data-stage]")) node.classList.toggle("now", node.dataset.stage === view.stage);
    return `${view.at}, ${view.word}: ${view.text}`;
  });
  const steps = h("div", { class: "wh-steps" }, h("h3", {}, "Step by step"), stepper.node, entry, standing);
  const root = h("div", { class: "vml wheel" }, head, alert,
    h("div", { class: "wh-grid" }, picture, h("div", { class: "wh-side" }, choose, predict, verdict, steps, after)));
  el.append(root);
  const send = sayIfGone(model, (said) => showAlert(said));

  const text = (line, name, anchor) => s("text", { class: name, x: line.x, y: line.y, "text-anchor": anchor ?? "middle" }, line.text);
  const drawHead = makeRegion(head, (title, subtitle, score) => [h("h2", {}, title, " ", h("small", {}, subtitle)), h("span", { class: "wh-score" }, score)]);
  const drawPicture = makeRegion(picture, (view) => [s("svg", { viewBox: `0 0 ${view.width} ${view.height}` },
    view.arcs.map((arc) => [s("path", { class: `wh-arc g${arc.number}`, d: arc.d }), text(arc, "wh-guide", arc.anchor)]),
    s("g", { role: "radiogroup", "aria-label": "Stage in which it shall fail" }, view.sectors.map((sector) => s("g", {
      class: `wh-sector${sector.absent ? " absent" : ""}${sector.chosen ? " chosen" : ""}`,
      role: "radio", "aria-checked": String(sector.chosen), "aria-disabled": sector.absent ? "true" : null, "aria-label": sector.label,
      tabindex: sector.chosen ? 0 : -1, "data-k": `sector-${sector.stage}`, "data-stage": sector.stage,
      onclick: () => { if (!sector.absent) send({ type: "choose", stage: sector.stage }); },
    }, s("path", { d: sector.d }), text({ x: sector.x, y: sector.y - 8, text: sector.number }),
    text({ x: sector.x, y: sector.y + 6, text: sector.name }, "wh-name"), text({ x: sector.x, y: sector.y + 21, text: MARK_SIGNS[sector.mark] }, `wh-mark ${sector.mark}`)))),
    s("path", { class: "wh-no-return", d: view.no_return.d }), text(view.no_return, "wh-no-return-word", "end"),
    view.middle.map((line, i) => text(line, i ? "wh-middle" : "wh-middle small")))]);

  const field = (name, word, options, value) => {
    const select = h("select", { "data-k": `wh-${name}`, onchange: () => send({ type: "choose", [name]: select.value }) },
      options.map(([key, label]) => h("option", { value: key, selected: key === value }, label)));
    return h("label", { class: "fld" }, h("span", {}, word), select);
  };
  const drawChoose = makeRegion(choose, ({ kinds, kind, stages, stage, faults, fault, what }) => [
    field("kind", "Kind of move", kinds, kind), field("stage", "Fails in stage", stages, stage), field("fault", "What goes wrong", faults, fault),
    h("p", { class: "wh-what" }, what)]);

  const drawPredict = makeRegion(predict, (question, ends, guess, undone) => {
    const number = h("input", { type: "number", min: 0, max: 99, "data-k": "wh-undone", value: undone, onchange: () => tell(picked()) });
    const picked = () => predict.querySelector("input[type=radio]:checked")?.value ?? null;
    const tell = (end) => { if (end) send({ type: "predict", end, undone: number.value }); };
    return [h("fieldset", {}, h("legend", {}, h("b", {}, "Predict. "), question),
      ends.map(([end, label]) => h("label", { class: "wh-end" }, h("input", {
        type: "radio", name: `${id}-end`, value: end, checked: end === guess, "data-k": `wh-end-${end}`, onchange: () => tell(end) }), label)),
      h("label", { class: "wh-count" }, "Things that are undone (if you like) ", number)),
    h("button", { type: "button", class: "btn pri", "data-k": "wh-run", "aria-disabled": String(!guess),
      onclick: () => { wanted = true; send({ type: "run" }); } }, icon("play"), "Run"),
    h("small", { class: "wh-why" }, guess ? "" : "Predict first, then run.")];
  });
  const drawVerdict = makeRegion(verdict, (result) => result
    ? [h("p", { class: result.right ? "pass" : "bad" }, icon(result.right ? "pass" : "close"), h("b", {}, result.told)), h("p", {}, result.verdict, ".")] : []);
  const drawEntry = makeRegion(entry, (view) => [h("b", { class: `wh-word ${view.kind}` }, `${view.at}, ${view.word}: `), view.text, h("br"), h("span", { class: "wh-runs" }, view.runs)]);
  const drawStanding = makeRegion(standing, (left, none) => [
    h("h3", {}, none ? "Past the point of no return nothing is undone" : left.length ? "Would have to be undone, newest first" : "Nothing has to be undone"),
    h("ol", {}, [...left].reverse().map((each) => h("li", {}, each)))]);
  const drawAfter = makeRegion(after, (result) => result ? [["Left behind", result.left_behind], ["Notes", result.notes]]
    .filter(([, items]) => items.length).map(([word, items]) => [h("h3", {}, word), h("ul", {}, items.map((item) => h("li", {}, item)))]) : []);

  function onState() {
    const state = model.get("state");
    if (!state.wheel) return;
    const { kinds, kind, stages, stage, faults, fault, what, result } = state;
    drawHead(state.title, state.subtitle, state.score);
    drawPicture(state.wheel);
    drawChoose({ kinds, kind, stages, stage, faults, fault, what });
    drawPredict(state.question, state.ends, state.guess, state.steps_guess);
    drawVerdict(result);
    drawAfter(result);
    steps.hidden = !result;
    views = result?.frames ?? [];
    past = result?.past ?? false;
    if (!result) return;
    stepper.show(views.length, result.start);
    if (wanted) stepper.focus();
    wanted = false;
  }
  function onAlert() {
    showAlert(model.get("alert"));
  }
  function showAlert(said) {
    alert.replaceChildren(...(said ? [icon("error", "error"), h("span", {}, said)] : []));
  }
  // JupyterLab takes single keys; a key with Ctrl or Cmd is its own.
  function keydown(event) {
    if (event.ctrlKey || event.metaKey) return;
    event.stopPropagation();
    const sector = event.target.closest?.("[data-stage]");
    if (!sector) return;
    const stage = stageBy(model.get("state").wheel.sectors, sector.dataset.stage, event.key);
    if (!stage) return;
    event.preventDefault();
    picture.querySelector(`[data-stage="${stage}"]`).focus();
    send({ type: "choose", stage });
  }
  root.addEventListener("keydown", keydown);
  model.on("change:state", onState);
  model.on("change:alert", onAlert);
  onState();
  onAlert();
  return () => {
    model.off("change:state", onState);
    model.off("change:alert", onAlert);
    root.removeEventListener("keydown", keydown);
    root.remove();
  };
}

export default { render };
