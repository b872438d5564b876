// The panel: state comes down as traits, clicks go up as messages; selection, tab and focus live here.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { selectionIn } from "./keys.mjs";
import { makeRegion } from "./region.mjs";
import { drawTop } from "./top.mjs";
import { mountTopology, setFlight } from "./topology.mjs";
import { drawBar, duringRun, givesAway } from "./bar.mjs";
import { drawTabs } from "./tabs.mjs";
import { drawChecklist } from "./checklist.mjs";
import { drawInspector } from "./inspector.mjs";
import { mountRun } from "./run.mjs";

const KEEP_IT = "Keep the file: on Binder the server forgets it.";
const GONE = "The kernel of this panel is gone, and nothing was changed. Run the cells from the top to begin again.";

function render({ model, el }) {
  globalThis.vmlabPanels = (globalThis.vmlabPanels ?? 0) + 1; // each lab loads a module of its own
  const id = `vml-${globalThis.vmlabPanels}`;
  const local = { tab: "check", selected: null, open: null, hot: [], note: null, gone: null, flight: null };
  const region = (tag, name, attrs) => h(tag, { class: name, ...attrs });
  const top = region("div", "top");
  const alert = region("div", "alert", { role: "alert" });
  const note = region("div", "note", { role: "status" });
  const topo = region("section", "topo", { "aria-label": "Topology" });
  const bar = region("section", "bar", { "aria-label": "Move" });
  const tabs = region("div", "tabs", { role: "tablist", "aria-label": "Checklist and run" });
  const check = region("section", "check", { id: `${id}-check`, role: "tabpanel", "aria-label": "Checklist", tabindex: -1 });
  const insp = region("section", "insp", { "aria-label": "Inspector", tabindex: -1 });
  const run = region("div", "run", { id: `${id}-run`, role: "tabpanel", "aria-label": "Run" });
  const root = h("div", { class: "vml" }, h("div", { class: "grid" }, top, alert, note, topo, bar, tabs, check, insp, run));
  el.append(root);

  const send = (content) => {
    try {
      model.send(content);
    } catch {
      go({ gone: GONE });
    }
  };
  const state = () => model.get("state") ?? {};
  const part = (key) => state().inspectors?.[key];
  const go = (changes) => {
    if (changes.tab === "check" && local.tab === "run") film.pause();
    Object.assign(local, changes);
    draw();
  };
  const select = (key) => go({ selected: key, hot: [], tab: "check" });
  const act = {
    unfolded: new Set(), // groups of the checklist that are folded open
    onSend: send,
    onTooBig: (text) => go({ note: text }),
    onSet: (path, value) => send({ type: "set", path, value }),
    onRename: (path, name) => send({ type: "rename", path, name }),
    onRemove: (path) => send({ type: "remove", path }),
    onAdd: (what, parent) => send({ type: "add", what, parent }),
    onFix: (rule, index) => send({ type: "fix", rule, index }),
    onChoose: (field, value) => send({ type: "choose", field, value }),
    onMigrate: () => send({ type: "migrate" }),
    onSkip: () => film.end(),
    onSelect: select,
    onOpen: (row) => {
      if (row.rule === local.open) return go({ open: null, hot: [] });
      const keys = (row.facts ?? []).map((fact) => fact.key);
      return go({ open: row.rule, hot: keys, selected: keys[0] ?? local.selected });
    },
    onBlocked: () => {
      const rows = state().checklist.groups.flatMap((group) => group.rows);
      const row = rows.find((each) => each.rule === state().checklist.first);
      if (!row) return;
      go({ tab: "check", open: null });
      act.onOpen(row);
      const button = check.querySelector(`[data-k="row-${CSS.escape(row.rule)}"]`);
      button?.focus();
      button?.scrollIntoView({ block: "nearest" });
    },
  };
  const picture = mountTopology(topo, {
    onSelect: select,
    onInspect: (key) => {
      select(key);
      focusForm();
    },
    onRemove: (key) => part(key)?.removable && send({ type: "remove", path: part(key).path }),
  });
  const film = mountRun(run, {
    onFlight: (flight) => {
      local.flight = flight;
      if (local.tab === "run") setFlight(picture, flight);
    },
    onSeen: () => draw(),
  });

  const drawn = {
    top: makeRegion(top, (view) => drawTop(view, act)),
    alert: makeRegion(alert, (text) => text ? [icon("error", "error"), h("span", {}, text), dismiss(() => (local.gone ? go({ gone: null }) : send({ type: "dismiss" })))] : []),
    note: makeRegion(note, (text) => text ? [icon("advice", "advice"), h("span", {}, text), dismiss(() => go({ note: null }))] : []),
    bar: makeRegion(bar, (view) => drawBar(view, `${id}-reason`, act)),
    tabs: makeRegion(tabs, (...what) => drawTabs(...what, id, (tab) => go({ tab }))),
    check: makeRegion(check, (view, open) => drawChecklist(view, open, act)),
    insp: makeRegion(insp, (view, up) => [h("div", { class: "stick" }, drawInspector(view, up, act))]),
  };

  function draw() {
    const { title, subtitle, profile, seed, can_undo, can_redo, topology, checklist } = state();
    if (!topology) return;
    drawn.top({ title, subtitle, profile, seed, can_undo, can_redo });
    const running = local.tab === "run";
    const past = model.get("run");
    const hidden = running && givesAway(past) && !film.seen();
    drawn.alert(local.gone ?? state().alert ?? null);
    drawn.note(local.note);
    drawn.bar(hidden ? duringRun(state().bar, past) : state().bar);
    drawn.tabs(local.tab, hidden ? past.counts : checklist.counts, film.seen() ? past?.outcome ?? null : null);
    const { selected, hot } = local;
    root.dataset.tab = local.tab;
    check.hidden = insp.hidden = running;
    run.hidden = !running;
    picture.update((running && past?.topology) || topology, { selected, hot, quiet: running });
    drawn.check(checklist, local.open);
    const shown = part(selected) ?? null;
    drawn.insp(shown, upOf(shown), state().alert ?? null);
    setFlight(picture, running ? local.flight : null);
  }

  function focusForm() {
    insp.querySelector(".fields input, .fields select")?.focus();
  }

  function upOf(shown) {
    const above = shown?.up && part(shown.up);
    const seen = state().topology.parts.some((each) => each.key === shown?.key);
    return above && !seen ? { key: shown.up, name: above.name } : null;
  }

  function dismiss(onclick) {
    return h("button", { type: "button", class: "btn small", "data-k": "dismiss", onclick }, "Dismiss");
  }

  // JupyterLab takes single keys; a key with Ctrl or Cmd is its own.
  function keydown(event) {
    if (event.ctrlKey || event.metaKey) return;
    event.stopPropagation();
    if (event.target.getAttribute("role") === "tab" && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      go({ tab: local.tab === "run" ? "check" : "run" });
      tabs.querySelector('[aria-selected="true"]').focus();
    } else if (event.key === "Escape" && insp.contains(event.target)) {
      picture.focus(local.selected) || picture.focus(part(local.selected)?.up);
    }
  }

  function onState() {
    local.selected = selectionIn(state(), local.selected);
    const adding = state().added && insp.contains(root.getRootNode().activeElement);
    draw();
    if (adding) focusForm();
  }
  // A count, not a message: a message may overtake the run that it is about.
  let played = 0;
  let shown = [];
  let waiting = false; // run, film and count change together: show them once
  function onRun() {
    if (waiting) return;
    waiting = true;
    queueMicrotask(showRun);
  }
  function showRun() {
    waiting = false;
    if (!root.isConnected && !el.contains(root)) return;
    if (!model.get("run") && local.tab === "run") local.tab = "check";
    const now = [model.get("run"), model.get("film")];
    if (now.some((each, i) => each !== shown[i])) film.update(...now);
    shown = now;
    if (!now[0] || model.get("played") === played) return draw();
    played = model.get("played");
    go({ tab: "run" });
    film.play();
  }
  function onMessage(content) {
    if (content.type === "download") {
      download(content);
      go({ note: `Saved as ${content.name}. ${KEEP_IT}` });
    }
  }

  root.addEventListener("keydown", keydown);
  model.on("change:state", onState);
  model.on("change:run change:film change:played", onRun);
  model.on("msg:custom", onMessage);
  onState();
  if (model.get("run")) showRun();
  return () => {
    model.off("change:state", onState);
    model.off("change:run change:film change:played", onRun);
    model.off("msg:custom", onMessage);
    root.removeEventListener("keydown", keydown);
    film.destroy();
    picture.destroy();
    root.remove();
  };
}

function download({ name, text }) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  h("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

export default { render };
