// What is where at an instant: a table for two hosts, stepped through, and questions to answer with it.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { makeRegion } from "./region.mjs";
import { makeStepper, sayIfGone } from "./stepper.mjs";

/** The width of the bar of a share that is given in words such as "80 % current". */
export function shareOf(text) {
  const share = /^(\d+) % current/.exec(text);
  if (share) return Number(share[1]);
  return text.startsWith("all ") ? 100 : null;
}

function render({ model, el }) {
  const head = h("div", { class: "top" });
  const alert = h("div", { class: "alert", role: "alert" });
  const ask = h("div", { class: "in-ask", role: "group", "aria-label": "Questions" });
  const said = h("div", { class: "in-said", role: "status" });
  const empty = h("p", { class: "in-empty" });
  const beat = h("p", { class: "in-beat" });
  const what = h("p", { class: "in-what" });
  const table = h("div", { class: "in-table" });
  const note = h("p", { class: "in-note" });
  let views = [];
  const stepper = makeStepper("in", "Instant of the run", ["Earlier", "Later"], (at) => {
    const view = views[at];
    if (!view) return "";
    drawBeat(view.beat, view.beats);
    drawWhat(view.at, view.title, view.text);
    drawTable(model.get("state").hosts, view.rows);
    return `${view.at}, ${view.title}`;
  });
  const shown = h("div", { class: "in-shown" }, stepper.node, what, beat, table, note);
  const root = h("div", { class: "vml instants" }, head, alert, ask, said, empty, shown);
  el.append(root);
  const send = sayIfGone(model, (text) => showAlert(text));

  const drawHead = makeRegion(head, (title, subtitle) => [h("h2", {}, title, " ", h("small", {}, subtitle))]);
  const drawBeat = makeRegion(beat, (text, beats) => [icon(beats ? "pass" : "pause", beats ? "pass" : "warning"), h("b", {}, text)]);
  const drawWhat = makeRegion(what, (at, title, text) => [h("b", {}, `${at}: ${title}`), h("br"), text]);
  const cell = (row, side) => {
    const share = row.what === "Memory" ? shareOf(row[side]) : null;
    return h("td", { class: row.counts === side ? "counts" : null }, row[side],
      share !== null && h("span", { class: "in-bar", "aria-hidden": "true" }, h("i", { style: `width:${share}%` })));
  };
  const drawTable = makeRegion(table, ([source, target], rows) => [h("table", {},
    h("caption", { class: "sr" }, "What is where"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "What"), h("th", { scope: "col" }, `${source}, source`), h("th", { scope: "col" }, `${target}, target`))),
    h("tbody", {}, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.what), cell(row, "source"), cell(row, "target")))))]);
  const drawAsk = makeRegion(ask, (questions, asked, open) => {
    const select = h("select", { "data-k": "in-question", onchange: () => send({ type: "ask", question: Number(select.value) }) },
      questions.map((question, i) => h("option", { value: i, selected: i === asked }, `${i + 1}${question.done ? " ✓" : ""}`)));
    return [h("label", { class: "fld" }, h("span", {}, "Question"), select),
      h("p", {}, "Find the instant at which ", questions[asked].title, "."),
      h("button", { type: "button", class: "btn pri", "data-k": "in-answer", disabled: !open,
        onclick: () => send({ type: "answer", question: asked, at: stepper.at() }) }, "This is it")];
  });
  const drawSaid = makeRegion(said, (tone, text) => text ? [icon(tone, tone), h("span", {}, text)] : []);

  function onState() {
    const state = model.get("state");
    if (!state.hosts) return;
    drawHead(state.title, state.subtitle);
    drawAsk(state.questions, state.asked, state.open);
    drawSaid(state.said.tone, state.said.text);
    empty.textContent = state.empty;
    empty.hidden = !state.empty;
    shown.hidden = Boolean(state.empty);
    note.textContent = state.note;
    const changed = JSON.stringify(views) !== JSON.stringify(state.instants);
    views = state.instants;
    if (changed) stepper.show(views.length, 0);
  }
  function onAlert() {
    showAlert(model.get("alert"));
  }
  function showAlert(text) {
    alert.replaceChildren(...(text ? [icon("error", "error"), h("span", {}, text)] : []));
  }
  // JupyterLab takes single keys; a key with Ctrl or Cmd is its own.
  const keydown = (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); };
  root.addEventListener("keydown", keydown);
  model.on("change:state", onState);
  model.on("change:alert", onAlert);
  onState();
  onAlert();
  return () => {
    model.off("change:state", onState);
    model.off("change:alert", onAlert);
    root.remove();
  };
}

export default { render };
