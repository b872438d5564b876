// What a move copies besides memory: a bar for each disk and file, in the order of the copy.
import { h } from "./dom.mjs";
import { mibText, ramp } from "./axis.mjs";

/** The share of a thing (0..1) that is copied at a position; it never falls. */
export function thingShare({ line }, x) {
  if (!line.length || x <= line[0][0]) return 0;
  const i = line.findIndex((point) => point[0] >= x);
  if (i < 0) return line.at(-1)[1];
  const [from, to] = [line[Math.max(0, i - 1)], line[i]];
  return to[0] > from[0] ? ramp([from[1], to[1]], (x - from[0]) / (to[0] - from[0])) : to[1];
}

/** Build the bars; `paint` takes the place of the memory map's, and has no counts. */
export function makeThings(run) {
  const rows = run.things.map((thing) => {
    const fill = h("i", {});
    const share = h("b", {}, "0 %");
    const size = thing.mib < 1024 ? `${mibText(thing.mib)} MiB` : `${(thing.mib / 1024).toFixed(1)} GiB`;
    const node = h("li", {}, h("span", { class: "thing-name" }, thing.name, " ", h("small", {}, size)), share,
      h("span", { class: "thing-bar", "aria-hidden": "true" }, fill), h("small", { class: "thing-way" }, thing.way));
    return { thing, fill, share, node };
  });
  const node = h("div", { class: "things" }, h("h3", {}, run.words.things),
    rows.length ? h("ul", {}, rows.map((row) => row.node)) : h("p", { class: "run-note" }, run.words.nothing));
  return {
    node,
    paint(x) {
      const freed = run.undone.length && x >= run.undone.at(-1).x1 - 1e-9;
      for (const { thing, fill, share } of rows) {
        const now = freed ? 0 : thingShare(thing, x);
        fill.style.width = `${now * 100}%`;
        const text = freed ? "deleted" : `${Math.floor(now * 100 + 1e-6)} %`;
        if (share.textContent !== text) share.textContent = text;
      }
      return null;
    },
  };
}
