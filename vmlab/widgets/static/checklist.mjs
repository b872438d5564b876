// The checklist: clauses that are not met are rows, those that are met are chips.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";

/** Nodes of the checklist; `open` is the rule that is open. */
export function drawChecklist(view, open, { onOpen, onFix, unfolded }) {
  const chips = (each) => each.map((chip) => drawChip(chip, chip.rule === open, onOpen));
  return view.groups.map((group) => {
    const chip = [...group.chips, ...group.folded].find((each) => each.rule === open);
    return h("section", { class: "group" },
      h("header", {}, h("h3", {}, group.title), h("span", {}, `${group.met} of ${group.total} met`)),
      group.rows.map((row) => drawRow(row, row.rule === open, onOpen, onFix)),
      group.chips.length > 0 && h("div", { class: "chips" }, chips(group.chips)),
      group.folded.length > 0 && h("details", {
        class: "fold", open: unfolded.has(group.title),
        ontoggle: (event) => unfolded[event.target.open ? "add" : "delete"](group.title),
      }, h("summary", { "data-k": `fold-${group.title}` }, foldedText(group)), h("div", { class: "chips" }, chips(group.folded))),
      chip && h("div", { class: "clause met", role: "region", "aria-label": chip.title },
        h("div", { class: "more" }, h("b", {}, chip.title), chip.note && h("p", {}, chip.note), drawPage(chip))));
  });
}

/** What stands for the clauses that are folded away. */
export function foldedText({ chips, folded }) {
  const more = chips.length ? "more " : "";
  return `${folded.length} ${more}${folded.length === 1 ? "clause" : "clauses"} met`;
}

function drawRow(row, open, onOpen, onFix) {
  return h("div", { class: `clause ${row.severity}` },
    h("button", { type: "button", "data-k": `row-${row.rule}`, "aria-expanded": String(open), onclick: () => onOpen(row) },
      icon(row.severity, row.severity), h("b", {}, row.title),
      h("span", { class: `severity ${row.severity}` }, row.severity_text), icon("chevron", "chevron"),
      row.facts.map((fact) => h("span", { class: "fact" }, fact.message))),
    open && h("div", { class: "more", role: "region", "aria-label": row.title }, drawPage(row),
      row.facts.map((fact) => h("div", { class: "mend" },
        fact.has_edits && h("button", {
          type: "button", class: "btn pri small", "data-k": `fix-${row.rule}-${fact.index}`,
          "aria-label": `Fix it: ${fact.fix}`, onclick: () => onFix(row.rule, fact.index),
        }, "Fix it"),
        h("span", {}, fact.fix)))));
}

function drawChip(chip, open, onOpen) {
  return h("button", {
    type: "button", "data-k": `row-${chip.rule}`, "aria-expanded": String(open),
    "aria-label": `${chip.text}: met`, title: chip.title, onclick: () => onOpen(chip),
  }, icon("pass"), chip.text);
}

function drawPage(rule) {
  return [h("p", {}, rule.why), h("dl", {},
    h("dt", {}, "Source"), h("dd", {}, rule.source),
    rule.fault && [h("dt", {}, "vSphere fault"), h("dd", {}, h("code", {}, rule.fault))],
    h("dt", {}, "Rule"), h("dd", {}, h("code", {}, rule.rule)))];
}
