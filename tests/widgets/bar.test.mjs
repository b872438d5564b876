import assert from "node:assert/strict";
import { test } from "node:test";
import { duringRun, givesAway } from "../../vmlab/widgets/static/bar.mjs";

const BAR = {
  fields: [
    { field: "vm", value: "web01", options: [["web01", "web01"], ["db01", "db01"]], disabled: false },
    { field: "to", value: "esx01", options: [["esx01", "esx01"]], disabled: false },
    { field: "fault", value: "", options: [["", "No fault"]], disabled: false },
  ],
  migrate: { enabled: false, reason: "1 error to mend first", tone: "error", first: "host-connected" },
};
const RUN = { vm: "web01", destination: "esx02" };

test("only a run that changed something gives its end away", () => {
  assert.equal(givesAway({ outcome: "migrated" }), true);
  assert.equal(givesAway({ outcome: "lost" }), true);
  assert.equal(givesAway({ outcome: "rolled-back" }), false);
  assert.equal(givesAway(null), false);
});

test("while its film is on, the bar shows the run's move and the way to its end", () => {
  const { fields, migrate } = duringRun(BAR, RUN);
  assert.deepEqual(fields.map((field) => field.value), ["web01", "esx02", ""]);
  assert.deepEqual(fields.map((field) => field.disabled), [true, true, false]);
  assert.deepEqual(fields[1].options, [["esx02", "esx02"]]);
  assert.equal(migrate.enabled && migrate.skips, true);
  assert.equal(migrate.reason, "web01 is on its way");
});
