// The migrate bar: which move, what shall go wrong, and the one primary button.
import { h } from "./dom.mjs";

const BROKEN = ["fault", "strikes_in", "round"];

/** Nodes of the bar; `reasonId` ties the reason to the button. */
export function drawBar(bar, reasonId, { onChoose, onMigrate, onBlocked }) {
  const fields = bar.fields.map((field) => [field.field, drawChoice(field, onChoose)]);
  const of = (broken) => fields.filter(([name]) => BROKEN.includes(name) === broken).map(([, node]) => node);
  const [machine, ...rest] = of(false);
  const { enabled, reason, tone } = bar.migrate;
  return [
    machine, h("span", { class: "arrow", "aria-hidden": "true" }, "→"), ...rest,
    h("div", { class: "broken" }, of(true)),
    h("div", { class: "go" },
      h("small", { class: tone, id: reasonId }, reason),
      h("button", {
        type: "button", class: "btn pri", "data-k": "migrate", "aria-disabled": enabled ? null : "true",
        "aria-describedby": reasonId, onclick: enabled ? onMigrate : onBlocked,
      }, "Migrate")),
  ];
}

function drawChoice(field, onChoose) {
  const values = [];
  const option = ([value, label]) => {
    values.push(value);
    return h("option", { value: values.length - 1, selected: value === field.value }, label);
  };
  const groups = (field.groups ?? []).map((group) => h("optgroup", { label: group.label }, group.options.map(option)));
  return h("label", { class: `fld ${field.field}` }, h("span", {}, field.label),
    h("select", {
      "data-k": `choose-${field.field}`, disabled: field.disabled,
      onchange: (event) => onChoose(field.field, values[Number(event.target.value)]),
    }, field.options.map(option), groups));
}
