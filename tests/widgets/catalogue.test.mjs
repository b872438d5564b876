import assert from "node:assert/strict";
import { test } from "node:test";
import { countRules, findRules, foundInReason, groupRules, rowAfter, ruleMatches } from "../../vmlab/widgets/static/catalogue-find.mjs";

const rule = (id, scope, old, now, more = {}) => ({
  rule: id, scope, title: `Title of ${id}`, why: "Guests lose their network.", fault: null, severity: { old, now }, ...more,
});
const LABEL = rule("net-label", "network", "error", "error", { fault: "CannotAccessNetwork" });
const SLOT = rule("cap-slot", "capacity", null, "queue");
const SPEED = rule("net-speed", "network", "warning", null);
const RULES = [LABEL, SLOT, SPEED];
const SCOPES = [["network", "Network"], ["storage", "Storage"], ["capacity", "Capacity"]];

test("each word of a search must occur, in id, title, fault or reason, in any case", () => {
  assert.ok(ruleMatches(LABEL, ""));
  assert.ok(ruleMatches(LABEL, "  access NET-l  guests "));
  assert.ok(!ruleMatches(LABEL, "label storage"));
  assert.ok(!ruleMatches(LABEL, "null"));
});

test("a word may not run from one field into the next", () => {
  assert.ok(!ruleMatches(LABEL, "networkguests"));
});

test("what was found in the reason only is told apart", () => {
  assert.ok(foundInReason(SPEED, "lose"));
  assert.ok(!foundInReason(SPEED, "speed"));
  assert.ok(foundInReason(SPEED, "speed lose"));
  assert.ok(!foundInReason(SPEED, "no such word"));
  assert.ok(!foundInReason(SPEED, ""));
});

test("profile, severity and scope leave what answers to all of them", () => {
  assert.deepEqual(findRules(RULES, { profile: "old" }), { here: [LABEL, SPEED], absent: [SLOT] });
  assert.deepEqual(findRules(RULES, { profile: "now", scope: "network" }), { here: [LABEL], absent: [SPEED] });
  assert.deepEqual(findRules(RULES, { profile: "now", severity: "queue" }), { here: [SLOT], absent: [] });
  assert.deepEqual(findRules(RULES, { profile: "now", search: "slot" }), { here: [SLOT], absent: [] });
});

test("groups follow the scopes, rules their own order; a scope without any is left out", () => {
  const groups = groupRules([SLOT, SPEED, LABEL], SCOPES);
  assert.deepEqual(groups.map((group) => group.title), ["Network", "Capacity"]);
  assert.deepEqual(groups[0].rules, [SPEED, LABEL]);
});

test("the count says what the profile does not have", () => {
  const found = { here: [LABEL, SPEED], absent: [SLOT] };
  assert.equal(countRules(found, 3, "Guide", false), "2 of 3 rules, 1 more not in Guide");
  assert.equal(countRules(found, 3, "Guide", true), "3 of 3 rules, 1 of them not in Guide");
  assert.equal(countRules({ here: RULES, absent: [] }, 3, "Guide", true), "3 of 3 rules");
});

test("arrows stop at the ends; Home and End go there", () => {
  const ids = ["a", "b", "c"];
  assert.equal(rowAfter(ids, "a", "ArrowDown"), "b");
  assert.equal(rowAfter(ids, "a", "ArrowUp"), "a");
  assert.equal(rowAfter(ids, "c", "ArrowDown"), "c");
  assert.equal(rowAfter(ids, "b", "Home"), "a");
  assert.equal(rowAfter(ids, "b", "End"), "c");
  assert.equal(rowAfter(ids, "b", "x"), undefined);
  assert.equal(rowAfter([], "b", "End"), undefined);
});
