// The migrate bar: which move, what shall go wrong, and the one primary button.
import { h } from "./dom.mjs";

const BROKEN = ["fault", "strikes_in", "round"];
const CHANGED = ["migrated", "failed-after-switchover", "lost"];

/** Whether a run changed what stands there, so that the state of now tells its end. */
export const givesAway = (run) => Boolean(run) && CHANGED.includes(run.outcome);

/** The bar while the film of such a run is on: the run's own move, and the way to its end. */
export function duringRun(bar, run) {
  const own = new Map([["vm", run.vm], ["to", run.destination]]);
  const fields = bar.fields.map((field) => {
    const value = own.get(field.field);
    return value === undefined ? field : { ...field, value, options: [[value, value]], disabled: true };
  });
  const migrate = { enabled: true, label: "To the end", reason: `${run.vm} is on its way`, tone: "", skips: true };
  return { fields, migrate };
}

/** Nodes of the bar; `reasonId` ties the reason to the button. */
export function drawBar(bar, reasonId, { onChoose, onMigrate, onBlocked, onSkip }) {
  const fields = bar.fields.map((field) => [field.field, drawChoice(field, onChoose)]);
  const of = (broken) => fields.filter(([name]) => BROKEN.includes(name) === broken).map(([, node]) => node);
  const [machine, ...rest] = of(false);
  const { enabled, reason, tone, skips, label = "Migrate" } = bar.migrate;
  const press = skips ? onSkip : enabled ? onMigrate : onBlocked;
  return [
    machine, h("span", { class: "arrow", "aria-hidden": "true" }, "→"), ...rest,
    h("div", { class: "broken" }, of(true)),
    h("div", { class: "go" },
      h("small", { class: tone, id: reasonId }, reason),
      h("button", {
        type: "button", class: "btn pri", "data-k": "migrate", "aria-disabled": enabled ? null : "true",
        "aria-describedby": reasonId, onclick: press,
      }, label)),
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
