// The catalogue of rules: search, profile, filters and open pages live here; nothing goes up.
import { countRules, findRules, foundInReason, groupRules, rowAfter } from "./catalogue-find.mjs";
import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { makeRegion } from "./region.mjs";

const DASH = "–";
const COLUMNS = 3;
const NO_FAULT = "vCenter has none";

function render({ model, el }) {
  const { profiles, scopes, severities, rules } = model.get("catalogue");
  const severityWords = Object.fromEntries(severities);
  const profileWords = Object.fromEntries(profiles);
  const byId = new Map(rules.map((rule) => [rule.rule, rule]));
  const local = { profile: "", search: "", severity: "", scope: "", absent: false, open: null, at: null };

  const search = h("input", { type: "search", class: "cat-search", placeholder: "Rule, fault or word, such as VLAN", oninput: () => go({ search: search.value }) });
  const picks = ["severity", "scope"].map((name) => h("select", { onchange: (event) => go({ [name]: event.target.value }) },
    h("option", { value: "" }, "All"), (name === "scope" ? scopes : severities).map(([value, word]) => h("option", { value }, word))));
  const absentWord = h("span", {});
  const absent = h("input", { type: "checkbox", onchange: () => go({ absent: absent.checked }) });
  const clear = h("button", { type: "button", class: "btn", onclick: () => { go({ search: "", severity: "", scope: "" }); search.focus(); } }, "Clear");
  const segment = h("div", { class: "seg", role: "group", "aria-label": "Rules of" }, profiles.map(([value, word]) =>
    h("button", { type: "button", "data-value": value, onclick: () => go({ profile: value }) }, word)));
  const count = h("span", { role: "status" });
  const box = h("div", { class: "cat-box", tabindex: -1 });
  const root = h("section", { class: "vml cat", "aria-label": "Catalogue of rules" },
    h("div", { class: "top" }, h("h2", {}, "Rules", h("small", {}, " what must hold before a VM moves")), segment),
    h("div", { class: "cat-ask" },
      h("label", { class: "fld wide" }, h("span", {}, "Search"), search),
      h("label", { class: "fld" }, h("span", {}, "Severity"), picks[0]),
      h("label", { class: "fld" }, h("span", {}, "About"), picks[1]), clear),
    h("div", { class: "cat-count" }, count, h("label", {}, absent, absentWord)),
    box);
  el.append(root);
  const drawn = makeRegion(box, (asked) => drawTable(asked));

  function go(changes) {
    const stays = Object.keys(changes).every((name) => name === "open");
    Object.assign(local, changes);
    const top = box.scrollTop;
    draw();
    box.scrollTop = stays ? top : 0;
  }

  function draw() {
    const { profile, severity, scope, open } = local;
    const word = profileWords[profile];
    if (search.value !== local.search) search.value = local.search;
    [picks[0].value, picks[1].value] = [severity, scope];
    for (const button of segment.children) button.setAttribute("aria-pressed", String(button.dataset.value === profile));
    absentWord.textContent = `Show rules that are not in ${word}`;
    clear.disabled = !local.search && !severity && !scope;
    const found = findRules(rules, local);
    const told = countRules(found, rules.length, word, local.absent);
    if (count.textContent !== told) count.textContent = told;
    const shown = new Set([...found.here, ...(local.absent ? found.absent : [])]);
    const groups = groupRules(rules.filter((rule) => shown.has(rule)), scopes)
      .map((group) => ({ ...group, rules: group.rules.map((rule) => rule.rule) }));
    const ids = groups.flatMap((group) => group.rules);
    if (!ids.includes(local.at)) local.at = ids[0] ?? null;
    drawn({ groups, profile, open: ids.includes(open) ? open : null, search: local.search });
  }

  function drawTable({ groups, profile, open, search: sought }) {
    if (groups.length === 0) return [h("p", { class: "cat-none" }, `No rule of ${profileWords[profile]} answers to all of this.`)];
    return [h("table", {},
      h("caption", { class: "sr" }, `Rules of ${profileWords[profile]}`),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Severity"), h("th", { scope: "col" }, "What must hold"),
        h("th", { scope: "col" }, h("div", { class: "cat-two" }, h("span", {}, "vSphere fault"), h("span", {}, "Rule"))))),
      groups.map((group) => h("tbody", {},
        h("tr", { class: "cat-scope" }, h("th", { scope: "rowgroup", colspan: COLUMNS }, group.title,
          h("span", {}, ` ${group.rules.length} ${group.rules.length === 1 ? "rule" : "rules"}`))),
        group.rules.map((id) => drawRule(byId.get(id), profile, id === open, sought)))))];
  }

  function drawRule(rule, profile, open, sought) {
    const has = rule.severity[profile];
    const toggle = (event) => {
      const pressed = event.target.closest("button");
      if (!pressed && String(getSelection())) return; // a click that ends a selection of text
      local.at = rule.rule;
      go({ open: open ? null : rule.rule });
      focusRow(rule.rule);
      if (!open) rowOf(rule.rule).closest("tr").nextElementSibling.scrollIntoView({ block: "nearest" });
    };
    const row = h("tr", { class: `cat-rule${has ? "" : " dim"}${open ? " open" : ""}`, onclick: toggle },
      h("td", {}, drawSeverity(has)),
      h("th", { scope: "row" },
        h("button", { type: "button", "data-k": rule.rule, "aria-expanded": String(open), tabindex: rule.rule === local.at ? 0 : -1 },
          icon("chevron", "chevron"), h("span", {}, rule.title, rule.recalled && [" ", h("span", { class: "cat-recalled" }, "recalled")])),
        !open && foundInReason(rule, sought) && h("p", { class: "cat-why" }, rule.why)),
      h("td", {}, h("div", { class: "cat-two" }, rule.fault ? h("code", {}, rule.fault) : h("span", {}, "none"), h("code", {}, rule.rule))));
    return open ? [row, h("tr", { class: "cat-page" }, h("td", { colspan: COLUMNS }, drawPage(rule, profile)))] : row;
  }

  function drawSeverity(severity) {
    if (!severity) return h("span", { class: "cat-severity" }, icon("none"), h("span", { class: "sr" }, "Not in this profile"), h("span", { "aria-hidden": "true" }, DASH));
    return h("span", { class: `cat-severity ${severity}` }, icon(severity), severityWords[severity]);
  }

  function drawPage(rule, profile) {
    const line = (name, ...what) => [h("dt", {}, name), h("dd", {}, what)];
    return h("div", { role: "region", "aria-label": rule.title },
      h("p", {}, rule.why),
      h("ul", { class: "cat-by", "aria-label": "Severity by profile" }, profiles.map(([value, word]) => h("li", { class: value === profile ? "now" : "" },
        h("b", {}, word), drawSeverity(rule.severity[value]),
        rule.milder?.[value] && h("small", {}, `${severityWords[rule.milder[value]]} in milder cases`)))),
      h("dl", {},
        line("To mend it", rule.fix),
        line("Shows", rule.shows),
        line("vSphere fault", rule.fault ? h("code", {}, rule.fault) : NO_FAULT),
        line("Tests", h("code", {}, rule.test_group)),
        line("Releases", rule.era),
        line("Source", rule.source, rule.recalled && h("b", {}, " Recalled: found on no page.")),
        line("Rule", h("code", {}, rule.rule), rule.tier === "ext" ? ", an extension" : ", of the core")));
  }

  const rowOf = (id) => box.querySelector(`[data-k="${CSS.escape(id)}"]`);

  function focusRow(id) {
    const button = rowOf(id);
    if (!button) return;
    for (const each of box.querySelectorAll("[data-k][tabindex='0']")) each.tabIndex = -1;
    local.at = id;
    button.tabIndex = 0;
    button.focus();
  }

  // JupyterLab takes single keys; a key with Ctrl or Cmd is its own.
  function keydown(event) {
    if (event.ctrlKey || event.metaKey) return;
    event.stopPropagation();
    const ids = [...box.querySelectorAll("[data-k]")].map((each) => each.dataset.k);
    if (event.target === search && event.key === "ArrowDown" && ids.length) {
      event.preventDefault();
      focusRow(ids[0]);
    } else if (box.contains(event.target)) {
      const next = rowAfter(ids, event.target.dataset.k, event.key);
      if (event.key === "Escape") search.focus();
      if (!next) return;
      event.preventDefault();
      focusRow(next);
    }
  }

  const onProfile = () => go({ profile: profiles.some(([value]) => value === model.get("profile")) ? model.get("profile") : profiles[0][0] });
  const onSearch = () => go({ search: model.get("search") });
  root.addEventListener("keydown", keydown);
  model.on("change:profile", onProfile);
  model.on("change:search", onSearch);
  local.search = model.get("search");
  onProfile();
  return () => {
    model.off("change:profile", onProfile);
    model.off("change:search", onSearch);
    root.removeEventListener("keydown", keydown);
    root.remove();
  };
}

export default { render };
