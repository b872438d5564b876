// Steps through a list of instants: a native range between two buttons.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";

/** A place in a list, kept inside it. */
export const within = (at, count) => Math.max(0, Math.min(count - 1, at));

/** How to send a message; after a restart of the kernel nobody is there, and it says so. */
export const sayIfGone = (model, say) => (message) => {
  try {
    model.send(message);
  } catch {
    say("The kernel no longer knows this board: run its cell again.");
  }
};

/** Build a stepper; `onMove(at)` draws the place and returns what to say of it. */
export function makeStepper(key, label, words, onMove) {
  let count = 0;
  let at = 0;
  const range = h("input", { type: "range", class: "scrub", min: 0, step: 1, "aria-label": label, "data-k": `${key}-range`, oninput: () => go(Number(range.value)) });
  const button = (name, word, by) => h("button", { type: "button", class: "btn", "data-k": `${key}-${name}`, onclick: () => go(at + by) }, icon(name), word);
  const place = h("span", { class: "time" });
  const back = button("prev", words[0], -1);
  const next = button("next", words[1], 1);
  function go(to) {
    at = within(to, count);
    const said = onMove(at);
    range.value = String(at);
    range.style.setProperty("--at", `${count > 1 ? (100 * at) / (count - 1) : 0}%`);
    range.setAttribute("aria-valuetext", said);
    place.textContent = `${at + 1} of ${count}`;
    back.setAttribute("aria-disabled", String(at === 0));
    next.setAttribute("aria-disabled", String(at === count - 1));
  }
  return {
    node: h("div", { class: "stepper" }, range, h("div", { class: "transport", role: "group", "aria-label": label }, back, next, place)),
    at: () => at,
    focus: () => range.focus(),
    show(length, to) {
      count = length;
      range.max = String(Math.max(0, length - 1));
      go(to);
    },
  };
}
