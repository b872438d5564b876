// The player's controls: native buttons, a native range, a native select.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { secondsText } from "./axis.mjs";

const SPEEDS = [[0.5, "½×"], [1, "1×"], [2, "2×"], [4, "4×"]];

/** Build the controls; `act` holds what they do: play, step(direction, byRound), seek(x), speed(n). */
export function makeTransport(run, act) {
  const scrub = h("input", {
    type: "range", class: "scrub", min: 0, max: 1000, step: 1, value: 0, "aria-label": "Position in the run",
    "data-k": "run-scrub", oninput: () => act.seek(scrub.value / 1000),
  });
  const play = h("button", { type: "button", class: "btn pri play", "data-k": "run-play", onclick: act.play });
  const step = (name, key, title, word, direction, byRound) => h("button", {
    type: "button", class: word ? "btn" : "btn icon", "data-k": key, title, "aria-label": word ? null : title,
    disabled: byRound && !run.rounds.length, onclick: () => act.step(direction, byRound),
  }, icon(name), word);
  const speed = h("select", { "data-k": "run-speed", onchange: () => act.speed(Number(speed.value)) },
    SPEEDS.map(([value, word]) => h("option", { value, selected: value === 1 }, word)));
  const time = h("b", {});
  const bar = h("div", { class: "transport", role: "group", "aria-label": "Player" }, play,
    step("prev", "run-back", "Back to the stage before", null, -1, false),
    step("next", "run-stage", "On to the next stage", "Stage", 1, false),
    step("round", "run-round", "On to the next round", "Round", 1, true),
    h("label", { class: "speed" }, "Speed ", speed),
    h("span", { class: "time" }, time, ` of ${secondsText(run.total_s)} s`));
  let shown = "";
  return {
    nodes: [scrub, bar],
    paint(x, t, heading, playing, ended) {
      const value = String(Math.round(x * 1000));
      if (scrub.value !== value) scrub.value = value;
      scrub.style.setProperty("--at", `${x * 100}%`);
      scrub.setAttribute("aria-valuetext", `${secondsText(t)} s, ${heading}`);
      time.textContent = `${secondsText(t)} s`;
      const word = playing ? "Pause" : ended ? "Again" : "Play";
      if (word === shown) return;
      shown = word;
      play.replaceChildren(icon(playing ? "pause" : "play"), word);
    },
  };
}
