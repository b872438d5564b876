// What was undone or is left behind, and the tasks and events as vCenter lists them.
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { secondsText } from "./axis.mjs";

/** Build the list of what was undone (ticked as the film passes) or is left behind. */
export function makeAftermath(run) {
  const undone = run.undone.map((step) => afterItem(step.text, step.x1));
  const left = run.left_behind.map((text) => afterItem(text, 1, "warning"));
  const list = (word, items) => items.length
    ? h("div", { class: "after", hidden: true }, h("h3", {}, word), h("ul", {}, items.map((item) => item.node))) : null;
  const lists = [[list("What was undone", undone), undone], [list("What is left behind", left), left]];
  return {
    nodes: lists.map(([node]) => node).filter(Boolean),
    paint(x) {
      for (const [node, items] of lists) {
        if (!node) continue;
        node.hidden = x < run.fault.x;
        for (const item of items) item.paint(x);
      }
    },
  };
}

function afterItem(text, x1, kind = "pass") {
  const mark = h("span", { class: "after-mark" });
  const word = h("span", { class: "sr" });
  const node = h("li", {}, mark, h("span", {}, text, word));
  let shown = null;
  return {
    node,
    paint(x) {
      const done = x >= x1 - 1e-9;
      if (done === shown) return;
      shown = done;
      node.className = done ? kind : "";
      mark.replaceChildren(...(done ? [icon(kind)] : []));
      word.textContent = done ? "" : " (not yet)";
    },
  };
}

/** Build the table of the task and its events; a row appears when the film reaches it. */
export function makeEvents(run) {
  const rows = run.events.map((event) => ({
    event,
    node: h("tr", { hidden: true }, h("td", {}, `${secondsText(event.s)} s`),
      h("td", {}, h("b", {}, event.name), " ", h("span", {}, event.message)), h("td", {}, event.entity)),
  }));
  const status = h("td", {});
  const task = h("tr", {}, h("td", {}, "Task"), h("td", {}, h("b", {}, run.task.name)), status);
  const node = h("div", { class: "events" }, h("h3", {}, "Tasks and events, as vCenter lists them"),
    h("table", {}, h("caption", { class: "sr" }, "Tasks and events"),
      h("thead", {}, h("tr", {}, ["Time", "What", "Of"].map((word) => h("th", { scope: "col" }, word)))),
      h("tbody", {}, task, rows.map((row) => row.node))));
  return {
    node,
    paint(x) {
      const state = run.task.states.findLast((one) => one.x <= x + 1e-9) ?? run.task.states[0];
      if (status.textContent !== state.state) status.textContent = state.state;
      task.className = `task-${state.state}`;
      for (const row of rows) row.node.hidden = row.event.x > x + 1e-9;
    },
  };
}
