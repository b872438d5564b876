// The film of memory for one setting: a map, a slider in time, and a button that plays.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { secondsText } from "./axis.mjs";
import { decodeFilm, frameAt } from "./film.mjs";
import { makeMemory } from "./memory.mjs";

const REEL_SECONDS = 10; // a film lasts so long, whatever it shows

/** What the memory map asks of a run, for a film that is nothing but a copy. */
export const runOfReel = (reel) => ({
  vm: "the guest",
  freed: "",
  film: { ...reel, starts_x: 0 },
  spans: [{ x0: 0, x1: 1, copy_s: [0, reel.seconds.at(-1)], wipe: [0, 0] }],
});

/** Where a film stands, in words: the round, or what follows a post-copy switch. */
export function reelWords(reel, t) {
  const round = reel.rounds[frameAt(reel.seconds, t)];
  const last = reel.push ? reel.push - 1 : reel.rounds.at(-1);
  return {
    at: `${secondsText(t)} s, ${round === reel.push ? "resumed, pages follow" : `round ${round}`}`,
    of: round === reel.push ? "" : ` of ${last}`,
  };
}

/** Show a film after an element; returns what takes it away. */
export function mountReel(after, reel, bytes) {
  const run = runOfReel(reel);
  const memory = makeMemory(run);
  const end_s = reel.seconds.at(-1);
  let film = null;
  let trouble = "";
  let request = 0;
  let x = 0;
  const scrub = h("input", { type: "range", class: "scrub", min: 0, max: 1000, step: 1, value: 0,
    "aria-label": "Position in the film", "data-k": "reel-scrub", oninput: () => { stop(); seek(scrub.value / 1000); } });
  const play = h("button", { type: "button", class: "btn pri", "data-k": "reel-play", onclick: toggle });
  const time = h("span", { class: "time" });
  const node = h("div", { class: "reel" }, memory.node, h("div", { class: "reel-bar" }, play, scrub, time));

  function paint() {
    memory.paint(x, film, trouble);
    const t = x * end_s;
    const { at, of } = reelWords(reel, t);
    scrub.value = String(Math.round(x * 1000));
    scrub.style.setProperty("--at", `${x * 100}%`);
    scrub.setAttribute("aria-valuetext", at);
    time.textContent = at + of;
    play.replaceChildren(icon(request ? "pause" : "play"), request ? "Pause" : x >= 1 ? "Again" : "Play");
  }
  function seek(to) {
    x = to;
    paint();
  }
  function stop() {
    cancelAnimationFrame(request);
    request = 0;
  }
  function toggle() {
    if (request) stop();
    else {
      if (x >= 1) x = 0;
      let before = performance.now();
      const tick = (now) => {
        x = Math.min(1, x + Math.max(0, now - before) / 1000 / REEL_SECONDS);
        before = now;
        request = x < 1 ? requestAnimationFrame(tick) : 0;
        paint();
      };
      request = requestAnimationFrame(tick);
    }
    paint();
  }
  // The map reads its colours off the page, so it can only be painted there.
  after.after(node);
  paint();
  decodeFilm(bytes, reel).then((found) => { film = found; }, () => {
    trouble = "The memory map cannot be shown: its film is damaged.";
  }).then(paint);
  return () => {
    stop();
    node.remove();
  };
}
