// The VM between its hosts: the shell that fills, the card that crosses, and what has failed.
import { s } from "./dom.mjs";
import { icon } from "./icons.mjs";

const STATE_WORD = { paused: "❚❚ paused", lost: "✕ down" };
const SHELL_PHASES = ["shell", "copying", "paused"];
const SPACING = 13;

const sized = (sign, x, y, size) => {
  for (const [name, value] of Object.entries({ x, y, width: size, height: size })) sign.setAttribute(name, value);
  return sign;
};
const say = (x, y, text, look = "s", anchor = "start") => s("text", { class: look, x, y, "text-anchor": anchor }, text);

/** Words on the shell: how far it is. */
export function shellWords({ phase, round, current, rest }) {
  if (phase === "shell" && !current) return [rest ? "folder, empty" : "shell, empty", ""];
  const named = round && !/^\d/.test(round);
  const percent = `${Math.floor(current * 100)} % ${named || rest ? "copied" : "current"}`;
  if (phase === "paused") return ["last pages", percent];
  return [named ? round : round ? `round ${round}` : rest ? "files" : "shell", percent];
}

/** Draw a flight over a picture; phase "none" draws the picture as it stands. */
export function paintFlight(svg, view, flight) {
  const slot = (host) => (Object.hasOwn(view.slots, host) ? view.slots[host] : null);
  const from = flight && slot(flight.source);
  const to = flight && slot(flight.destination);
  const shown = from && to;
  paintCard(svg, view, shown ? flight : null, from, to);
  paintShell(svg, shown ? flight : null, from, to, nameOf(view, flight));
  paintFault(svg, view, shown ? flight.fault : null);
  const way = svg.querySelector("[data-way]");
  if (!way) return;
  const moving = shown && flight.dots !== null && flight.dots !== undefined;
  way.setAttribute("visibility", moving ? "visible" : "hidden");
  const onward = from && to && from.x < to.x ? -1 : 1;
  if (moving) way.setAttribute("stroke-dashoffset", onward * flight.dots * SPACING);
}

function paintCard(svg, view, flight, from, to) {
  const part = view.parts.find((each) => each.shape === "vm" && (!flight || each.path[1] === flight.vm));
  const card = part && svg.querySelector(`[data-key="${CSS.escape(part.key)}"]`);
  if (!card) return;
  const phase = flight?.phase;
  card.classList.toggle("paused", phase === "paused");
  card.classList.toggle("lost", phase === "lost");
  const word = card.querySelectorAll("text")[2];
  const state = flight && !flight.rest ? STATE_WORD[phase] ?? "▶ running" : part.lines[2].text;
  if (word.textContent !== state) word.textContent = state;
  const where = flight ? ` ${flight.where ?? ""}` : "";
  const label = flight ? `${part.lines[0].text} ${part.lines[1].text} ${state}. Virtual machine,${where}` : part.label;
  if (card.getAttribute("aria-label") !== label) card.setAttribute("aria-label", label);
  if (!flight) {
    card.removeAttribute("transform");
    return;
  }
  const k = flight.crossing * flight.crossing * (3 - 2 * flight.crossing);
  const x = from.x + (to.x - from.x) * k - part.x;
  const y = from.y + (to.y - from.y) * k - part.y;
  card.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
}

/** The VM's name as the picture cuts it. */
const nameOf = (view, flight) =>
  view.parts.find((part) => part.shape === "vm" && part.path[1] === flight?.vm)?.lines[0].text ?? flight?.vm;

function paintShell(svg, flight, from, to, name) {
  const layer = svg.querySelector("[data-shell]");
  layer.replaceChildren();
  if (!flight || flight.source === flight.destination) return; // it has but one place
  if (flight.phase === "arrived" && flight.fault?.host === flight.source) {
    layer.append(s("rect", { class: "ghost", x: from.x, y: from.y, width: from.w, height: from.h, rx: 7 }),
      say(from.x + from.w / 2, from.y + 28, "left behind", "s", "middle"),
      say(from.x + from.w / 2, from.y + 43, `by ${name}`, "s", "middle"));
  }
  if (!SHELL_PHASES.includes(flight.phase) || flight.crossing >= 1) return;
  const [first, second] = shellWords(flight);
  const height = (to.h - 2) * flight.current;
  layer.append(s("rect", { class: "ghost", x: to.x, y: to.y, width: to.w, height: to.h, rx: 7 }),
    s("rect", { class: "fill", x: to.x + 1, y: to.y + to.h - 1 - height, width: to.w - 2, height, rx: 6 }),
    say(to.x + 10, to.y + 20, name, "b"), say(to.x + 10, to.y + 37, first, "s ink"), say(to.x + 10, to.y + 53, second, "s ink"));
}

function paintFault(svg, view, fault) {
  const [below, above] = [svg.querySelector("[data-fault]"), svg.querySelector("[data-lost]")];
  below.replaceChildren();
  above.replaceChildren();
  const cut = fault?.kind === "link";
  for (const cable of svg.querySelectorAll("[data-vmotion]")) cable.classList.toggle("cut", cut);
  for (const mount of svg.querySelectorAll("[data-mount]")) {
    mount.classList.toggle("cut", fault?.kind === "storage" && mount.dataset.mount === fault.host);
  }
  for (const part of view.parts.filter((each) => each.shape === "host")) {
    const said = svg.querySelectorAll(`[data-key="${CSS.escape(part.key)}"] text`)[2];
    said?.setAttribute("visibility", fault && !cut && part.path[1] === fault.host ? "hidden" : "inherit");
  }
  if (!fault) return;
  if (cut && view.way) {
    above.append(s("circle", { class: "hole", cx: view.way.x + 62, cy: view.way.y, r: 9 }),
      sized(icon("error", "error"), view.way.x + 54.5, view.way.y - 7.5, 15),
      say(view.way.x, view.way.y + 34, fault.label, "s bad", "middle"));
  }
  const rack = view.racks.find((each) => each.host === fault.host);
  if (!rack || cut) return;
  if (fault.kind === "storage") {
    const drop = view.mounts.find((each) => each.host === fault.host && each.own);
    if (drop) above.append(sized(icon("error", "error"), drop.x - 7.5, drop.y - 22, 15));
  }
  const gone = fault.kind === "host";
  below.append(s("rect", { class: "veil", x: rack.x, y: rack.y, width: rack.w, height: gone ? rack.h : 32, rx: 8 }));
  if (gone) above.append(s("rect", { class: "gone", x: rack.x - 13, y: rack.y, width: rack.w + 26, height: rack.h }));
  above.append(say(rack.x + rack.w - 12, rack.y + 21, fault.label, "s bad", "end"),
    sized(icon("error", "error"), rack.x + rack.w - 8, rack.y - 7, 15));
}
