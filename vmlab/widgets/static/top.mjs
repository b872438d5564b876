// The top row: title, profile, seed, undo, redo, reset, save, load.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";

export const MOST_BYTES = 20e6;

/** Nodes of the top row. */
export function drawTop(top, { onSend, onTooBig }) {
  const { title, subtitle, profile, seed } = top;
  const press = (type) => () => onSend({ type });
  const sign = (type, word, can) => h("button", {
    type: "button", class: "btn icon", "data-k": type, "aria-label": word, title: word, disabled: !can, onclick: press(type),
  }, icon(type));
  const word = (type, text) => h("button", { type: "button", class: "btn", "data-k": type, onclick: press(type) }, text);
  const file = h("input", { type: "file", class: "sr", tabindex: -1, "aria-label": "Load a lab", accept: ".yaml,.yml", onchange: read });
  async function read() {
    const [chosen] = file.files;
    if (!chosen) return;
    if (chosen.size > MOST_BYTES) onTooBig(`${chosen.name} is larger than 20 MB`);
    else onSend({ type: "load", name: chosen.name, text: await chosen.text() });
    file.value = "";
  }
  return [
    h("h2", { "data-home": "", tabindex: -1 }, title, subtitle && h("small", {}, ` ${subtitle}`)),
    profile && h("div", { class: "seg", role: "group", "aria-label": "Rules of" }, profile.options.map(([value, label]) => h("button", {
      type: "button", "data-k": `profile-${value}`, "aria-pressed": String(value === profile.value),
      onclick: () => onSend({ type: "choose", field: "profile", value }),
    }, label))),
    seed !== null && seed !== undefined && h("label", {}, "Seed", h("input", {
      type: "number", min: 0, step: 1, value: seed, "data-k": "seed", "data-given": seed,
      onchange: (event) => event.target.value !== "" && onSend({ type: "choose", field: "seed", value: Number(event.target.value) }),
    })),
    h("span", { class: "set" }, sign("undo", "Undo", top.can_undo), sign("redo", "Redo", top.can_redo), word("reset", "Reset")),
    h("span", { class: "set" }, word("save", "Save"), h("button", { type: "button", class: "btn", "data-k": "load", onclick: () => file.click() }, "Load…"), file),
  ];
}
