// Figures of the instant, and the rounds as a table with bars on one linear scale.
import { h } from "./dom.mjs";
import { mibText, ramp, roundAt, secondsText, spanAt } from "./axis.mjs";

/** What a copy of memory is told in; the run has its own words for other copies. */
const ROUND_WORDS = { round: "Round", dirtied: "dirtied", sent: "Sent", left: "Still to send", downtime: "" };

/** A size and its unit, in at most five digits. */
export const sizeText = (mib) => (mib < 9999.5 ? [mibText(mib), " MiB"] : [(mib / 1024).toFixed(1), " GiB"]);

/** Build the four figures. */
export function makeFigures(run) {
  const value = {};
  const words = run.words ?? ROUND_WORDS;
  const figure = (key, word) => h("div", {}, h("dt", {}, word), h("dd", {}, (value[key] = h("b", {})), h("small", {})));
  const node = h("dl", { class: "figures" },
    figure("sent", words.sent), figure("left", words.left), figure("round", words.round), figure("down", "Downtime"));
  const show = (key, text, unit) => {
    if (value[key].textContent !== text) value[key].textContent = text;
    const small = value[key].nextSibling;
    if (small.textContent !== unit) small.textContent = unit;
  };
  return {
    node,
    paint(x) {
      const [span, f] = spanAt(run.spans, x);
      const left = ramp(span.left_mib, f);
      const down = ramp(span.down_s, f);
      show("sent", ...sizeText(ramp(span.sent_mib, f)));
      show("left", ...(left === null ? ["–", ""] : sizeText(left)));
      const at = run.rounds.findLastIndex(({ line }) => line.length && line[0][0] <= x + 1e-9);
      const round = at < 0 ? null : run.rounds[at];
      show("round", round === null ? "–" : round.stop ? "last" : round.label,
        round === null || round.stop || !/^\d/.test(round.label) ? "" : ` of ${run.last_round}`);
      if (words.downtime) show("down", words.downtime, "");
      else show("down", down > 0 ? secondsText(down, 2) : "0", " s");
    },
  };
}

/** Build the table of rounds. */
export function makeRounds(run) {
  const top = Math.max(...run.rounds.map((round) => round.sent_mib), 1e-9);
  const rows = run.rounds.map((round) => roundRow(round, top));
  const words = run.words ?? ROUND_WORDS;
  const head = [words.round, null, `${words.sent.toLowerCase()}, MiB`, "seconds", words.dirtied];
  const node = h("table", { class: "rounds" }, h("caption", { class: "sr" }, "Rounds of the copy"),
    h("thead", {}, h("tr", {}, head.map((word) => word ? h("th", { scope: "col" }, word) : h("td", {})))),
    h("tbody", {}, rows.map((row) => row.node)));
  return {
    node,
    paint(x) {
      for (const row of rows) row.paint(x);
    },
  };
}

function roundRow(round, top) {
  const sent = h("i", {});
  const dirtied = round.dirtied_mib === null ? null : h("i", { class: "dirty" });
  const cells = [0, 1, 2].map(() => h("td", {}, "–"));
  const node = h("tr", {}, h("th", { scope: "row" }, round.label),
    h("td", { class: "round-bar", "aria-hidden": "true" }, h("div", {}, sent, dirtied)), cells);
  let shown = -1;
  return {
    node,
    paint(x) {
      const [share, seconds] = roundAt(round, x) ?? [0, 0];
      if (seconds === shown) return;
      shown = seconds;
      node.className = seconds ? "" : "off";
      sent.style.width = `${(round.sent_mib / top) * share * 100}%`;
      if (dirtied) dirtied.style.width = `${(round.dirtied_mib / top) * share * 100}%`;
      const text = seconds
        ? [mibText(round.sent_mib * share), secondsText(seconds),
          dirtied ? mibText(round.dirtied_mib * share) : "–"]
        : ["–", "–", "–"];
      cells.forEach((cell, i) => { cell.textContent = text[i]; });
    },
  };
}
