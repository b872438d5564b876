// The picture: draws the layout that Python made, and says what was selected.
import { s } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { arrowOf, nearestPart } from "./keys.mjs";
import { paintFlight } from "./flight.mjs";

/** Mount the picture in `root`; calls onSelect(key), onInspect(key), onRemove(key). */
export function mountTopology(root, { onSelect, onInspect, onRemove }) {
  const svg = s("svg", { role: "group", preserveAspectRatio: "xMidYMin meet" });
  root.replaceChildren(svg);
  const handle = { svg, view: null, flight: null, drawn: "" };
  let selected = null;
  let hot = [];
  let stop = null; // the one part in the tab order

  const nodeOf = (key) => svg.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const mark = () => {
    const keys = handle.view.parts.map((part) => part.key);
    if (!keys.includes(stop)) stop = keys.includes(selected) ? selected : keys.at(-1);
    for (const node of svg.querySelectorAll("[data-key]")) {
      node.setAttribute("aria-pressed", String(node.dataset.key === selected));
      node.setAttribute("tabindex", node.dataset.key === stop ? "0" : "-1");
    }
    for (const node of svg.querySelectorAll("[data-mark]")) {
      node.classList.toggle("hot", hot.includes(node.dataset.mark));
    }
  };
  const moveTo = (key) => {
    stop = key;
    mark();
    nodeOf(key)?.focus();
  };
  const keydown = (event) => {
    const key = event.target.closest?.("[data-key]")?.dataset.key;
    if (key === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = arrowOf(event.key);
    if (direction) {
      const next = nearestPart(handle.view.parts, key, direction);
      if (next !== undefined) moveTo(next);
    } else if (event.key === "Enter" || event.key === " ") {
      if (key === selected) onInspect(key);
      else onSelect(key);
    } else if (event.key === "F2") onInspect(key);
    else if (event.key === "Delete") onRemove(key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const click = (event) => {
    const key = event.target.closest?.("[data-key]")?.dataset.key;
    if (key === undefined) return;
    stop = key;
    onSelect(key);
  };
  svg.addEventListener("keydown", keydown);
  svg.addEventListener("click", click);

  return Object.assign(handle, {
    /** Draw a view; the same view is only marked anew. */
    update(view, choice) {
      if (choice.selected !== selected) stop = choice.selected;
      ({ selected, hot } = choice);
      const text = JSON.stringify(view);
      if (text !== handle.drawn) {
        const focused = svg.contains(document.activeElement) ? document.activeElement.dataset.key : null;
        handle.view = view;
        handle.drawn = text;
        svg.setAttribute("viewBox", `0 0 ${view.width} ${view.height}`);
        svg.setAttribute("aria-label", view.label);
        svg.replaceChildren(...layers(view));
        if (handle.flight) paintFlight(svg, view, handle.flight);
        mark();
        if (focused !== null) (nodeOf(focused) ?? nodeOf(stop))?.focus();
      }
      svg.classList.toggle("quiet", choice.quiet);
      mark();
    },
    /** Focus a part; says whether it is in the picture. */
    focus(key) {
      if (!nodeOf(key)) return false;
      moveTo(key);
      return true;
    },
    destroy() {
      svg.removeEventListener("keydown", keydown);
      svg.removeEventListener("click", click);
      root.replaceChildren();
    },
  });
}

/** Show where a virtual machine is between its hosts; see flight.mjs. */
export function setFlight(handle, flight) {
  handle.flight = flight;
  if (handle.view) paintFlight(handle.svg, handle.view, flight);
}

const place = ({ x, y, w, h: height }) => ({ x, y, width: w, height });
const grown = ({ x, y, w, h: height }, by) => place({ x: x - by, y: y - by, w: w + 2 * by, h: height + 2 * by });

function layers(view) {
  return [
    view.racks.map((rack) => s("rect", { class: rack.dim ? "rack dim" : "rack", ...place(rack), rx: 8 })),
    view.frames.map((frame) => s("rect", { class: frame.empty ? "frame empty" : "frame", ...place(frame), rx: 6 })),
    Object.entries(view.slots).map(([host, slot]) => drawSlot(host, slot)),
    view.wires.map((wire) => s("path", {
      class: `wire ${wire.tone} ${wire.dashed ? "dashed" : ""}`, d: wire.d, "stroke-width": wire.width,
    })),
    view.mounts.map(drawMount),
    view.cables.map(drawCable),
    view.way && s("path", { class: "way", d: view.way.d, "data-way": "", visibility: "hidden" }),
    view.cables.map((cable) => textNode({ ...cable.line, halo: true })),
    view.notes.map(textNode),
    s("g", { "data-fault": "" }),
    view.parts.filter((part) => part.shape !== "vm").map(drawPart),
    s("g", { "data-shell": "" }),
    view.parts.filter((part) => part.shape === "vm").map(drawPart),
    s("g", { "data-lost": "" }),
    view.parts.filter((part) => part.finding).map(drawMark),
  ].flat(2).filter(Boolean);
}

function drawSlot(host, slot) {
  return s("g", { "data-slot": host },
    s("rect", { class: "ghost", ...place(slot), rx: 7 }),
    s("text", { class: "s", x: slot.x + slot.w / 2, y: slot.y + slot.h / 2 + 4, "text-anchor": "middle" }, "free slot"));
}

function drawMount(mount) {
  return s("g", { class: mount.own ? "mount own" : "mount", "data-mount": mount.host },
    s("path", { class: "halo", d: mount.halo }),
    s("path", { class: "line", d: mount.d }),
    s("circle", { cx: mount.x, cy: mount.y, r: 3.5 }));
}

function drawCable(cable) {
  return s("path", {
    class: `cable ${cable.tone} ${cable.down ? "down" : ""}`, d: cable.d, "data-vmotion": cable.vmotion && "",
  });
}

export function textNode(line) {
  return s("text", {
    class: line.halo ? `${line.style} over` : line.style, x: line.x, y: line.y,
    "text-anchor": line.anchor === "start" ? null : line.anchor,
  }, line.full && s("title", {}, line.full), line.text);
}

function drawPart(part) {
  const plain = ["host", "switch", "heading"].includes(part.shape);
  const radius = part.shape === "vm" ? 7 : 5;
  return s("g", {
    class: `part ${part.shape} ${part.dim ? "dim" : ""}`, role: "button", tabindex: -1,
    "data-key": part.key, "data-k": `part-${part.key}`, "aria-label": part.label, "aria-pressed": "false",
  },
  s("rect", { class: plain ? "box bare" : "box", ...place(part), rx: part.shape === "host" ? 8 : radius }),
  part.tone && s("rect", { class: `tone ${part.tone}`, x: part.x, y: part.y + 1, width: 5, height: part.h - 2, rx: 2 }),
  part.icon && s("svg", { class: "cylinder", x: part.icon[0], y: part.icon[1], width: 14, height: 14, viewBox: "0 0 16 16" }, [...icon("cylinder").children]),
  part.lines.map(textNode),
  part.dot && s("circle", { class: part.dot.up ? "dot up" : "dot", cx: part.dot.x, cy: part.dot.y, r: 4 }),
  s("rect", { class: "ring", ...grown(part, 3), rx: radius + 3 }));
}

/** Outline and badge of a finding, on top of all parts and transparent to clicks. */
function drawMark(part) {
  const { severity } = part.finding;
  const badge = icon(severity);
  for (const [name, value] of Object.entries(place({ x: part.x + part.w - 7.5, y: part.y - 7.5, w: 15, h: 15 }))) badge.setAttribute(name, value);
  return s("g", { class: `mark ${severity}`, "data-mark": part.key, "aria-hidden": "true" },
    s("rect", { ...grown(part, 2.5), rx: 7 }),
    s("circle", { cx: part.x + part.w, cy: part.y, r: 9 }), badge);
}
