// The run: one clock, and regions that each show a position of it.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { decodeFilm } from "./film.mjs";
import { flightAt, nextMark, ramp, spanAt, stepMarks } from "./axis.mjs";
import { makeRibbon } from "./ribbon.mjs";
import { makeHeartbeat } from "./heartbeat.mjs";
import { makeTransport } from "./transport.mjs";
import { makeMemory } from "./memory.mjs";
import { makeThings } from "./things.mjs";
import { makeChart } from "./chart.mjs";
import { makeFigures, makeRounds } from "./rounds.mjs";
import { makeAftermath, makeEvents } from "./events.mjs";

const WEIGHT_PER_SECOND = 38; // at 1x: a run of 836 takes 22 s
const RUN_ICONS = { live: "play", success: "pass", error: "error", back: "undo", incomplete: "warning" };
const NO_FLIGHT = {
  phase: "none", vm: null, source: null, destination: null, round: null, current: 0, crossing: 0,
  dots: null, where: null, fault: null,
};

/** Mount the run; `onFlight` gets what the topology draws, at every change; `onSeen` hears of the end. */
export function mountRun(root, { onFlight = () => {}, onSeen = () => {} } = {}) {
  const motion = matchMedia("(prefers-reduced-motion: reduce)");
  const status = makeStatus();
  const main = h("section", { class: "run-main", "aria-label": "Run" });
  const side = h("section", { class: "run-side", "aria-label": "Memory and bytes" });
  let run = null;
  let film = null;
  let trouble = "";
  let parts = [];
  let transport = null;
  let memory = null;
  let x = 0;
  let speed = 1;
  let playing = false;
  let request = 0;
  let seen = false; // to its end
  let loaded = 0; // films may arrive out of order

  const paint = () => {
    if (!run) return;
    const [span, f] = spanAt(run.spans, x);
    status.paint(run, span);
    const counts = memory.paint(x, film, trouble);
    for (const part of parts) part.paint(x);
    transport.paint(x, ramp([span.start_s, span.end_s], f), span.title, playing, x >= 1);
    onFlight(flightAt(run, x, film && counts, motion.matches));
    if (x < 1 || seen) return;
    seen = true;
    onSeen();
  };
  const tick = (before) => (now) => {
    x = Math.min(1, x + (Math.min(0.1, (now - before) / 1000) * speed * WEIGHT_PER_SECOND) / run.weight);
    playing = playing && x < 1;
    request = playing ? requestAnimationFrame(tick(now)) : 0;
    paint();
  };
  const pause = () => {
    playing = false;
    cancelAnimationFrame(request);
    request = 0;
  };
  const start = () => {
    if (!run || playing) return;
    if (x >= 1) x = 0;
    playing = true;
    request = requestAnimationFrame(tick(performance.now()));
    paint();
  };
  const seek = (to) => {
    pause();
    x = Math.min(1, Math.max(0, to));
    paint();
  };
  const act = {
    play: () => (playing ? (pause(), paint()) : start()),
    step: (direction, byRound) => seek(nextMark(stepMarks(run.spans, byRound), x, direction)),
    seek,
    speed: (value) => { speed = value; },
  };
  // JupyterLab takes single keys; a key with Ctrl or Cmd is its own.
  const keep = (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
  };
  root.addEventListener("keydown", keep);

  function build() {
    const ribbon = makeRibbon(run);
    const heartbeat = makeHeartbeat(run);
    const aftermath = makeAftermath(run);
    const rounds = run.rounds.length ? [makeFigures(run), makeRounds(run), makeChart(run)] : [];
    const events = makeEvents(run);
    transport = makeTransport(run, act);
    memory = run.kind && run.kind !== "vmotion" ? makeThings(run) : makeMemory(run);
    parts = [ribbon, heartbeat, ...rounds, aftermath, events];
    main.replaceChildren(status.node, ...ribbon.nodes, heartbeat.node, ...transport.nodes,
      h("p", { class: "run-note" }, run.note));
    side.replaceChildren(memory.node,
      h("div", { class: "run-numbers" }, rounds.map((part) => part.node),
        rounds.length ? null : h("p", { class: "run-note" }, run.words?.nothing ?? "Nothing was copied."), aftermath.nodes),
      events.node);
    root.replaceChildren(main, side);
  }

  async function load(bytes) {
    const mine = ++loaded;
    if (!bytes || !bytes.byteLength || !run.film) return;
    const decoded = await decodeFilm(bytes, run.film).catch((error) => error);
    if (mine !== loaded) return;
    if (decoded instanceof Error) trouble = "The memory map cannot be shown: its film is damaged.";
    else film = decoded;
    paint();
  }

  function empty() {
    root.replaceChildren(h("p", { class: "run-empty" }, "No run yet. Choose a fault or none, then press Migrate."));
  }

  empty();
  return {
    /** Show a run from its start, paused; null discards it. Resolves when its film is there. */
    update(next, bytes) {
      const focused = root.contains(document.activeElement) ? document.activeElement.dataset.k : null;
      pause();
      x = 0;
      seen = false;
      speed = 1;
      run = next;
      loaded += 1;
      film = null;
      trouble = "";
      if (!run) {
        empty();
        onFlight(NO_FLIGHT);
        return Promise.resolve();
      }
      build();
      if (focused) root.querySelector(`[data-k="${focused}"]`)?.focus();
      paint();
      return load(bytes);
    },
    /** Play, unless the reader asked for less motion. */
    play() {
      if (!motion.matches) start();
    },
    /** Stand still, as when nobody looks. */
    pause() {
      pause();
      paint();
    },
    /** Show the end. */
    end: () => seek(1),
    /** Whether the end was shown. */
    seen: () => seen,
    destroy() {
      pause();
      loaded += 1;
      root.removeEventListener("keydown", keep);
      root.replaceChildren();
    },
  };
}

/** The strip that says what happens and where the VM runs; it changes with the span only. */
function makeStatus() {
  const mark = h("span", { class: "status-icon" });
  const heading = h("b", {});
  const text = h("span", {});
  const vm = h("span", {});
  const place = h("b", {});
  const node = h("div", { class: "status", role: "status" }, mark,
    h("div", {}, heading, text), h("div", { class: "status-where" }, vm, " ", place));
  let shown = null;
  return {
    node,
    paint(run, span) {
      if (span === shown) return;
      shown = span;
      node.className = `status ${span.tone}`;
      mark.replaceChildren(icon(RUN_ICONS[span.tone]));
      heading.textContent = span.title;
      text.replaceChildren(span.text, span.kind === "end" && run.verdict.fault ? h("code", {}, run.verdict.fault) : "");
      vm.textContent = run.vm;
      place.textContent = span.where;
    },
  };
}
