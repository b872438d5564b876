// The two tabs: what the checklist counts, and what became of the run once its end was seen.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";

const TABS = [["check", "Checklist"], ["run", "Run"]];
const COUNTED = {
  error: ["error", "errors"], warning: ["warning", "warnings"], advice: ["advice", "advice"],
  queue: ["queues", "queue"], passed: ["passed", "passed"],
};
const RESULTS = {
  migrated: ["pass", "migrated"], refused: ["error", "refused"], "rolled-back": ["undo", "rolled back"],
  "failed-after-switchover": ["warning", "incomplete"], lost: ["error", "VM down"],
};

/** Nodes of the tabs; `result` is the outcome of a run whose end was seen, else null. */
export function drawTabs(chosen, counts, result, id, onTab) {
  return TABS.map(([name, word]) => h("button", {
    type: "button", role: "tab", id: `${id}-tab-${name}`, "data-k": `tab-${name}`, "aria-controls": `${id}-${name}`,
    "aria-selected": String(name === chosen), tabindex: name === chosen ? 0 : -1, onclick: () => onTab(name),
  }, word, name === "check" ? drawCounts(counts) : result && drawResult(result)));
}

/** Pills that count findings; their words are dropped where there is no room. */
function drawCounts(counts) {
  return Object.entries(COUNTED).filter(([name]) => counts[name]).map(([name, [one, many]]) => {
    const tone = name === "passed" ? "pass" : name;
    return h("span", { class: `pill ${tone}` }, icon(tone), String(counts[name]),
      h("span", { class: "word" }, ` ${counts[name] === 1 ? one : many}`));
  });
}

function drawResult(outcome) {
  const [sign, word] = RESULTS[outcome];
  return h("span", { class: `pill ${sign}` }, icon(sign), word);
}
