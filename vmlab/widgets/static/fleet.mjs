// The fleet panel: which hosts shall be empty and how, the film of it, and what stays.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { makeRegion } from "./region.mjs";
import { mountFleet } from "./fleet-film.mjs";

function render({ model, el }) {
  const root = h("div", { class: "vml fleet" });
  const head = h("div", { class: "top" });
  const alert = h("div", { class: "alert", role: "alert" });
  const set = h("div", { class: "fleet-set", role: "group", "aria-label": "Settings" });
  const said = h("div", { class: "fleet-said" });
  const film = h("section", { class: "fleet-film", "aria-label": "Film" });
  root.append(head, alert, set, said, film);
  el.append(root);
  let stop = () => {};
  let shown = "";
  const send = (message) => model.send(message);

  const drawHead = makeRegion(head, (title, subtitle) => [
    h("h2", {}, title, " ", h("small", {}, subtitle)),
    h("button", { type: "button", class: "btn", "data-k": "fleet-reset", onclick: () => send({ type: "reset" }) }, "Reset")]);

  const choice = (field, label, { value, options }) => h("label", { class: "fld" }, h("span", {}, label),
    h("select", { "data-k": `fleet-${field}`, onchange: (event) => send({ type: "choose", field, value: options[Number(event.target.value)][0] }) },
      options.map(([one, word], i) => h("option", { value: i, selected: one === value }, word))));
  // Of several quick clicks the later ones must not go by what the kernel has not answered yet.
  const boxes = () => [...set.querySelectorAll("input[type=checkbox]")];
  const ticked = () => boxes().filter((box) => box.checked).map((box) => box.dataset.k.slice("empty-".length));
  const drawSettings = makeRegion(set, ({ hosts, at_once, order }) => [
    h("fieldset", {}, h("legend", {}, "Empty these hosts"), hosts.map(([name, on]) => h("label", {},
      h("input", { type: "checkbox", checked: on, "data-k": `empty-${name}`, onchange: () => send({ type: "hosts", value: ticked() }) }), name))),
    choice("at_once", "Moves at once", at_once), choice("order", "Who goes first", order)]);

  const drawSaid = makeRegion(said, (good, text, more, stays) => [
    h("p", { class: `fleet-verdict ${good ? "pass" : "warning"}` }, icon(good ? "pass" : "warning"), h("b", {}, text)),
    more.map((line) => h("p", { class: "run-note" }, line)),
    stays.length ? h("ul", { class: "fleet-stays", "aria-label": "What stays, and why" }, stays.map((one) => h("li", {},
      h("span", {}, h("b", {}, `${one.vm} stays on ${one.host}`), `: ${one.reason}`),
      one.fix && h("button", { type: "button", class: "btn", "data-k": `fix-${one.vm}`, onclick: () => send({ type: "fix", vm: one.vm }) }, one.fix)))) : null]);

  function onState() {
    const state = model.get("state");
    if (!state.film) return;
    drawHead(state.title, state.subtitle);
    drawSettings(state.settings);
    drawSaid(state.good, state.said, state.more, state.stays);
    const key = JSON.stringify(state.film);
    if (key === shown) return;
    shown = key;
    const focused = film.contains(document.activeElement) ? document.activeElement.dataset.k : null;
    stop();
    stop = mountFleet(film, state.film, state.settings.adapters, (host, value) => send({ type: "adapter", host, value }));
    if (focused) film.querySelector(`[data-k="${focused}"]`)?.focus();
  }
  function onAlert() {
    const text = model.get("alert");
    alert.replaceChildren(...(text ? [icon("error", "error"), h("span", {}, text)] : []));
  }
  function onAnswer() {
    const on = new Map(model.get("state").settings?.hosts);
    for (const box of boxes()) box.checked = on.get(box.dataset.k.slice("empty-".length)) ?? false;
  }
  // JupyterLab takes single keys; a key with Ctrl or Cmd is its own.
  root.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); });
  model.on("change:state", onState);
  model.on("change:alert", onAlert);
  model.on("change:answers", onAnswer);
  onState();
  onAlert();
  return () => {
    model.off("change:state", onState);
    model.off("change:alert", onAlert);
    model.off("change:answers", onAnswer);
    stop();
    root.remove();
  };
}

export default { render };
