// Which rules answer to what is asked of the catalogue: pure functions that know no DOM.

const wordsOf = (search) => search.toLowerCase().split(/\s+/).filter(Boolean);
const includesAll = (text, words) => words.every((word) => text.includes(word));
const headOf = (rule) => `${rule.rule} ${rule.title} ${rule.fault ?? ""} `.toLowerCase();

/** Whether each word of a search occurs in a rule's id, title, fault or reason. */
export const ruleMatches = (rule, search) => includesAll(headOf(rule) + rule.why.toLowerCase(), wordsOf(search));

/** Whether a word was found in the reason only, which a closed row does not show. */
export const foundInReason = (rule, search) => ruleMatches(rule, search) && !includesAll(headOf(rule), wordsOf(search));

/** Rules that answer, and those that would if the profile had them; a severity leaves these out. */
export function findRules(rules, { search = "", profile, severity = "", scope = "" }) {
  const asked = rules.filter((rule) => (!scope || rule.scope === scope) && ruleMatches(rule, search));
  const given = (rule) => rule.severity[profile];
  return {
    here: asked.filter((rule) => given(rule) && (!severity || given(rule) === severity)),
    absent: severity ? [] : asked.filter((rule) => !given(rule)),
  };
}

/** Rules under their scopes, in the order of the scopes; scopes without any are left out. */
export function groupRules(rules, scopes) {
  const groups = scopes.map(([scope, title]) => ({ scope, title, rules: rules.filter((rule) => rule.scope === scope) }));
  return groups.filter((group) => group.rules.length > 0);
}

/** How many rules are shown, and how many the profile does not have. */
export function countRules({ here, absent }, total, profile, withAbsent) {
  const none = absent.length;
  const shown = here.length + (withAbsent ? none : 0);
  const lacking = withAbsent ? `, ${none} of them not in ${profile}` : `, ${none} more not in ${profile}`;
  return `${shown} of ${total} rules${none ? lacking : ""}`;
}

/** The row that a key leads to from another; undefined where the key leads nowhere. */
export function rowAfter(ids, at, key) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step) return ids[Math.max(0, Math.min(ids.length - 1, ids.indexOf(at) + step))];
  return { Home: ids[0], End: ids.at(-1) }[key];
}
