// The film of an evacuation: hosts as boxes, VMs as blocks that move, links as bars.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { clockText, countAt, eventAt, linkAt, nextEvent, vmAt } from "./fleet-time.mjs";

const FLEET_SECONDS = 24; // a film lasts so long at 1x, whatever it shows
const FLEET_WORDS = {
  waits: "waits", "sets up": "sets up", copies: "copies", paused: "paused",
  "clean-up": "cleans up", moved: "moved here", stays: "stays", "came back": "came back",
};

/** Mount a film; `onAdapter` hears of another speed. */
export function mountFleet(root, film, adapters, onAdapter) {
  const boxes = new Map(film.hosts.map((host) => [host.name, makeBox(host, adapters, onAdapter)]));
  const blocks = film.vms.map((vm) => makeBlock(vm));
  const said = h("div", { class: "status live", role: "status" });
  const line = h("b", {});
  const counts = h("span", {});
  said.append(h("span", { class: "status-icon" }, icon("play")), h("div", {}, line, counts));
  const queue = h("p", { class: "fleet-queue" });
  const scrub = h("input", { type: "range", class: "scrub", min: 0, max: 1000, step: 1, value: 0, "data-k": "fleet-scrub",
    "aria-label": "Position in the evacuation", oninput: () => { stop(); seek((scrub.value / 1000) * film.total_s); } });
  const play = h("button", { type: "button", class: "btn pri play", "data-k": "fleet-play", onclick: toggle });
  const step = (direction, word, sign) => h("button", { type: "button", class: "btn", "data-k": `fleet-${sign}`,
    onclick: () => { stop(); seek(nextEvent(film.events, t, direction, film.total_s)); } }, icon(sign), word);
  const time = h("span", { class: "time" });
  const pace = h("select", { "data-k": "fleet-speed", onchange: () => { speed = Number(pace.value); } },
    [[0.5, "½×"], [1, "1×"], [2, "2×"], [4, "4×"]].map(([value, word]) => h("option", { value, selected: value === 1 }, word)));
  root.replaceChildren(said,
    h("div", { class: "fleet-hosts", role: "list", "aria-label": "Hosts" }, [...boxes.values()].map((box) => box.node)),
    queue, scrub,
    h("div", { class: "transport" }, play, step(-1, "Back", "prev"), step(1, "Step", "next"),
      h("label", { class: "speed" }, "Speed ", pace), time),
    h("p", { class: "run-note" }, "A copy is drawn as if it went evenly; the bars of the links are the engine’s own."));
  let t = 0;
  let speed = 1;
  let request = 0;
  let shown = -2;

  function paint() {
    for (const block of blocks) block.paint(t, boxes);
    for (const box of boxes.values()) box.paint(t, film.total_s, blocks);
    const now = t > 0 ? eventAt(film.events, t) : 0; // much begins in the first instant
    const waiting = film.vms.filter((vm) => vmAt(vm, t).does === "waits");
    const names = waiting.map((vm) => vm.name).join(", ");
    const text = waiting.length ? `Waiting for a slot: ${names}` : "Nobody waits for a slot.";
    if (queue.textContent !== text) queue.textContent = text;
    if (now !== shown) {
      shown = now;
      const count = countAt(film.vms, t);
      line.textContent = film.events[now]?.text ?? "";
      counts.textContent = `${count.moves} on their way, ${count.waits} waiting, ${count.moved} moved, ${count.stays} stay`;
    }
    scrub.value = String(film.total_s > 0 ? Math.round((t / film.total_s) * 1000) : 0);
    scrub.style.setProperty("--at", `${film.total_s > 0 ? (t / film.total_s) * 100 : 0}%`);
    scrub.setAttribute("aria-valuetext", `${clockText(t)}: ${line.textContent}`);
    const label = request ? "Pause" : t >= film.total_s && film.total_s > 0 ? "Again" : "Play";
    if (play.dataset.shows !== label) {
      play.dataset.shows = label;
      play.replaceChildren(icon(label === "Pause" ? "pause" : "play"), label);
    }
    time.replaceChildren(h("b", {}, clockText(t)), ` of ${clockText(film.total_s)}`);
  }
  const tick = (before) => (now) => {
    t = Math.min(film.total_s, t + (Math.min(0.1, (now - before) / 1000) * speed * film.total_s) / FLEET_SECONDS);
    request = t < film.total_s ? requestAnimationFrame(tick(now)) : 0;
    paint();
  };
  function stop() {
    cancelAnimationFrame(request);
    request = 0;
  }
  function seek(to) {
    t = Math.min(film.total_s, Math.max(0, to));
    paint();
  }
  function toggle() {
    if (request) stop();
    else {
      if (t >= film.total_s) t = 0;
      request = requestAnimationFrame(tick(performance.now()));
    }
    paint();
  }
  paint();
  return stop;
}

function makeBox(host, adapters, onAdapter) {
  const word = h("small", {});
  const bars = host.links.map((link) => {
    const fill = h("i", {});
    const share = h("span", {});
    return { link, fill, share, node: h("li", {}, h("span", {}, link.word), h("span", { class: "fleet-bar", "aria-hidden": "true" }, fill), share) };
  });
  const list = h("ul", { class: "fleet-vms", "aria-label": `VMs on ${host.name}` });
  const speed = host.adapter.name && h("label", { class: "fleet-adapter" }, `${host.adapter.name} `,
    h("select", { "data-k": `adapter-${host.name}`, "aria-label": `VMotion adapter of ${host.name}`,
      onchange: (event) => onAdapter(host.name, Number(event.target.value)) },
    adapters.map(([value, text]) => h("option", { value, selected: value === host.adapter.mbit_s }, text))));
  const node = h("div", { class: `fleet-host${host.leaving ? " leaving" : ""}`, role: "listitem" },
    h("div", { class: "fleet-head" }, h("b", {}, host.name), word), speed,
    h("ul", { class: "fleet-links" }, bars.map((bar) => bar.node)), list);
  return {
    node,
    list,
    paint(t, total_s) {
      const over = t >= total_s;
      const text = !host.leaving ? "" : !over ? "to be emptied" : host.emptied ? "in maintenance mode" : "not empty";
      if (word.textContent !== text) word.textContent = text;
      node.classList.toggle("emptied", over && host.emptied);
      for (const { link, fill, share } of bars) {
        const now = over && total_s > 0 ? 0 : linkAt(link.steps, t);
        fill.style.width = `${now * 100}%`;
        const said = link.speed ? `${Math.round(now * 100)} % of ${link.speed}` : "idle";
        if (share.textContent !== said) share.textContent = said;
      }
    },
  };
}

function makeBlock(vm) {
  const what = h("small", {});
  const fill = h("i", { class: "fleet-fill" });
  const node = h("li", { class: "fleet-vm", "data-vm": vm.name }, fill, h("b", {}, vm.name), h("small", {}, vm.size), what);
  const ghostFill = h("i", { class: "fleet-fill" });
  const ghost = h("li", { class: "fleet-vm ghost", "aria-hidden": "true" }, ghostFill, h("b", {}, vm.name), h("small", {}, "arrives"));
  let at = null;
  let to = null;
  return {
    paint(t, boxes) {
      const now = vmAt(vm, t);
      if (now.at !== at) boxes.get(at = now.at)?.list.append(node);
      const coming = now.to !== null && now.does !== "waits" ? now.to : null;
      if (coming !== to) {
        to = coming;
        if (to === null) ghost.remove();
        else boxes.get(to)?.list.append(ghost);
      }
      const percent = `${Math.floor(now.share * 100)} %`;
      const way = now.to ? ` → ${now.to}` : "";
      const rest = vm.power && !now.does ? vm.power : "";
      const text = now.does === "copies" ? `${percent}${way}` : now.does ? `${FLEET_WORDS[now.does]}${way}` : rest;
      if (what.textContent !== text) what.textContent = text;
      node.dataset.does = now.does;
      const width = now.does === "copies" ? now.share * 100 : 0;
      fill.style.width = `${width}%`;
      ghostFill.style.width = `${now.share * 100}%`;
    },
  };
}
