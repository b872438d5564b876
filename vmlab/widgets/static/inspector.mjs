// The inspector: a labelled form for the selected part. An edit is sent when it is committed.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { keyOf, readField } from "./keys.mjs";

/** Nodes of a part's form; `up` says where it belongs, `names` name the keys of links. */
export function drawInspector(part, up, { onSet, onRename, onRemove, onAdd, onFix, onSelect }) {
  if (!part) return [h("p", { class: "hint" }, "Nothing is selected.")];
  const place = part.on ? `${part.name} on ${part.on}` : part.name;
  return [
    up && h("button", { type: "button", class: "lnk up", "data-k": "insp-up", onclick: () => onSelect(up.key) }, `‹ ${up.name}`),
    h("header", {}, h("h3", {}, part.title), h("span", {}, place)),
    part.findings.map((finding) => h("div", { class: `told ${finding.severity}` },
      icon(finding.severity, finding.severity),
      h("div", {}, h("span", {}, finding.message),
        finding.has_edits && h("button", {
          type: "button", class: "lnk", "data-k": `mend-${finding.rule}-${finding.index}`,
          onclick: () => onFix(finding.rule, finding.index),
        }, finding.fix)))),
    h("div", { class: "fields" }, part.fields.map((field) => drawField(part, field, onSet, onRename))),
    part.links.map((group) => h("div", { class: "inside" }, h("span", { class: "hint" }, group.heading),
      group.parts.map((link) => h("button", { type: "button", class: "lnk", "data-k": `link-${link.key}`, onclick: () => onSelect(link.key) }, link.label)))),
    h("div", { class: "acts" },
      part.add.map((add) => h("button", {
        type: "button", class: "btn small", "data-k": `add-${add.what}-${keyOf(add.parent)}`, onclick: () => onAdd(add.what, add.parent),
      }, add.label)),
      part.removable && h("button", { type: "button", class: "btn small rm", "data-k": "insp-remove", onclick: () => onRemove(part.path) }, "Remove")),
    h("p", { class: "hint" }, part.hint),
  ];
}

function drawField(part, field, onSet, onRename) {
  const key = `field-${field.label}`;
  let sent = JSON.stringify(field.value); // Enter, change and blur may all tell of one edit
  const commit = (input) => {
    const value = readField(field, input);
    if (value === undefined || JSON.stringify(value) === sent) return;
    sent = JSON.stringify(value);
    if (field.rename) onRename(part.path, value);
    else onSet(field.path, value);
  };
  const bad = field.finding ? `bad ${field.finding}` : "";
  if (field.kind === "checkbox") {
    return h("label", { class: `cb ${bad}` }, h("input", {
      type: "checkbox", "data-k": key, checked: field.value,
      onchange: (event) => onSet(field.path, readField(field, event.target)),
    }), field.label);
  }
  const input = field.kind === "select" ? drawSelect(field, key, commit) : h("input", {
    type: field.kind === "number" ? "number" : "text", step: field.kind === "number" ? "any" : null,
    value: field.value, "data-k": key, "data-given": field.value, title: field.help,
    spellcheck: "false", autocomplete: "off", placeholder: field.help,
    onchange: (event) => commit(event.target),
    onblur: (event) => commit(event.target),
    onkeydown: (event) => event.key === "Enter" && commit(event.target),
  });
  return h("label", { class: `fld ${field.wide ? "wide" : ""} ${bad}` }, h("span", {}, field.label), input);
}

function drawSelect(field, key, commit) {
  const same = (value) => JSON.stringify(value) === JSON.stringify(field.value);
  return h("select", { "data-k": key, onchange: (event) => commit(event.target) },
    field.options.map(([value, label], i) => h("option", { value: i, selected: same(value) }, label)));
}
