import assert from "node:assert/strict";
import { test } from "node:test";
import { shellWords } from "../../vmlab/widgets/static/flight.mjs";

test("the shell says how far it is", () => {
  assert.deepEqual(shellWords({ phase: "shell", current: 0 }), ["shell, empty", ""]);
  assert.deepEqual(shellWords({ phase: "copying", round: 2, current: 0.926 }), ["round 2", "92 % current"]);
  assert.deepEqual(shellWords({ phase: "paused", round: null, current: 0.999 }), ["last pages", "99 % current"]);
});

test("every module of the build side can be imported by itself", async () => {
  for (const name of ["dom", "icons", "keys", "region", "flight", "topology", "checklist", "inspector", "bar", "tabs", "top", "panel"]) {
    await import(`../../vmlab/widgets/static/${name}.mjs`);
  }
});
