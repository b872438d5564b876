// The what-if panel: sliders send where they stand, the kernel answers with what to draw.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { drawChart } from "./drawing.mjs";
import { makeRegion } from "./region.mjs";
import { mountReel } from "./reel.mjs";

/** Send the newest of many at once, and no second before the first is answered. */
export function makeSender(send) {
  let busy = false;
  let waiting = null;
  return {
    waiting: () => waiting,
    ask(message) {
      if (busy) waiting = message;
      else {
        busy = true;
        send(message);
      }
    },
    answered() {
      busy = waiting !== null;
      if (busy) send(waiting);
      waiting = null;
    },
  };
}

function render({ model, el }) {
  const root = h("div", { class: "vml what-if" });
  const send = (message) => {
    // After a restart of the kernel nobody is there, and the message throws.
    try {
      model.send(message);
    } catch {
      showAlert("The kernel no longer knows this panel: run its cell again.");
    }
  };
  const sender = makeSender(send);
  const head = h("div", { class: "top" });
  const alert = h("div", { class: "alert", role: "alert" });
  const turn = h("div", { class: "wi-knobs", role: "group", "aria-label": "Settings" });
  const said = h("div", { class: "wi-said", role: "status" });
  const shown = h("div", { class: "wi-charts" });
  const filmBox = h("div", { class: "wi-film" });
  root.append(head, alert, h("div", { class: "wi-grid" }, turn, h("div", { class: "wi-answer" }, said, shown, filmBox)));
  el.append(root);
  const knobs = new Map();
  let reel = null;

  const drawHead = makeRegion(head, (title, subtitle, pinned) => [
    h("h2", {}, title, " ", h("small", {}, subtitle)),
    h("button", { type: "button", class: "btn", "data-k": "wi-pin", "aria-pressed": String(pinned), onclick: () => send({ type: pinned ? "unpin" : "pin" }) },
      pinned ? "Unpin" : "Pin to compare"),
    h("button", { type: "button", class: "btn", "data-k": "wi-reset", onclick: () => send({ type: "reset" }) }, "Reset")]);

  const drawSaid = makeRegion(said, (verdict, readouts, pinned) => [
    h("p", { class: `wi-verdict ${verdict.tone}` }, icon(verdict.tone), h("b", {}, verdict.title)),
    verdict.notes.map((note) => h("p", { class: "wi-note" }, note)),
    h("dl", { class: "wi-figures" }, readouts.map(({ label, text, change }) => h("div", {},
      h("dt", {}, label), h("dd", {}, h("b", {}, text), change && h("small", {}, change))))),
    pinned && h("p", { class: "wi-note" }, "Pinned: ", pinned.length ? pinned.join("; ") : "this very setting")]);

  const figure = (caption, chart) => chart && h("figure", {}, h("figcaption", {}, caption), drawChart(chart));
  const key = (tone, word) => h("span", { class: "wi-key" }, h("i", { class: tone }), word);
  const drawCharts = makeRegion(shown, (rounds, other, curve) => [
    figure(["Rounds: ", key("sent", "sent"), key("dirty", "dirtied meanwhile")], rounds),
    figure(["Rounds of the pinned setting: ", key("sent", "sent"), key("dirty", "dirtied meanwhile")], other),
    figure(["Downtime against bandwidth: ", key("now", "this setting"), other && key("pinned", "pinned"), h("span", { class: "wi-key" }, "× never ends")], curve)]);

  const drawFilmBar = makeRegion(filmBox, (refusal) => [
    h("button", { type: "button", class: "btn", "data-k": "wi-film", disabled: Boolean(refusal), onclick: () => send({ type: "film" }) },
      icon("play"), "Film of memory"),
    refusal && h("span", { class: "wi-note" }, refusal)]);

  function makeKnob(view) {
    const id = `wi-${view.name}`;
    const value = h("span", { class: "wi-value", "aria-hidden": "true" });
    if (view.options) {
      const select = h("select", { "data-k": id, onchange: () => sender.ask({ type: "choose", name: view.name, value: select.value }) },
        view.options.map(([option, word]) => h("option", { value: option }, word)));
      return {
        node: h("label", { class: "fld" }, h("span", {}, view.label), select),
        show(next, ahead) { if (!ahead) select.value = next.value; },
      };
    }
    const slider = h("input", { type: "range", "data-k": id, min: 0, max: view.texts.length - 1, step: 1, "aria-label": view.label,
      oninput: () => {
        tell(view.texts[slider.value]);
        sender.ask({ type: "turn", name: view.name, at: Number(slider.value) });
      } });
    const tell = (text) => {
      value.textContent = text;
      slider.setAttribute("aria-valuetext", text);
    };
    return {
      node: h("label", { class: "wi-slider" }, h("span", {}, view.label), value, slider),
      // What is being dragged is ahead of the kernel's answer.
      show(next, ahead) {
        if (ahead) return;
        slider.value = String(next.at);
        tell(next.text);
      },
    };
  }

  function drawKnobs(views) {
    const names = views.map((view) => view.name).join();
    if (turn.dataset.names !== names) {
      turn.dataset.names = names;
      knobs.clear();
      for (const view of views) knobs.set(view.name, makeKnob(view));
      const means = h("details", { class: "wi-means" }, h("summary", { "data-k": "wi-means" }, "What these mean"),
        h("dl", {}, views.map((view) => [h("dt", {}, view.label), h("dd", {}, view.meaning)])));
      turn.replaceChildren(...[...knobs.values()].map((knob) => knob.node), means);
    }
    for (const view of views) knobs.get(view.name).show(view, sender.waiting()?.name === view.name);
  }

  function onState() {
    const state = model.get("state");
    if (!state.knobs) return;
    drawHead(state.title, state.subtitle, state.pinned !== null);
    drawKnobs(state.knobs);
    drawSaid(state.verdict, state.readouts, state.pinned);
    drawCharts(state.rounds, state.pinned_rounds, state.curve);
    drawFilmBar(state.film_refusal);
  }
  function onReel() {
    const view = model.get("reel");
    reel?.();
    reel = view && mountReel(filmBox, view, model.get("film"));
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
  const heard = [["state", onState], ["reel", onReel], ["alert", onAlert], ["answers", sender.answered]];
  for (const [name, act] of heard) model.on(`change:${name}`, act);
  onState();
  onAlert();
  if (model.get("reel")) onReel();
  return () => {
    for (const [name, act] of heard) model.off(`change:${name}`, act);
    reel?.();
    root.remove();
  };
}

export default { render };
