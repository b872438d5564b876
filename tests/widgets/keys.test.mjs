import assert from "node:assert/strict";
import { test } from "node:test";
import { arrowOf, keyOf, nearestPart, readField, renamedKey, selectionIn } from "../../vmlab/widgets/static/keys.mjs";

const box = (key, x, y) => ({ key, x, y, w: 100, h: 30 });
const GRID = [box("a", 0, 0), box("b", 200, 0), box("c", 0, 100), box("d", 210, 100), box("far", 900, 10)];

test("a key is spelled like a JSON pointer", () => {
  assert.equal(keyOf(["hosts", "esx01", "port_groups", "a/b~c"]), "hosts/esx01/port_groups/a~1b~0c");
  assert.equal(keyOf([]), ".");
});

test("an arrow goes to the nearest part in its direction", () => {
  assert.equal(nearestPart(GRID, "a", arrowOf("ArrowRight")), "b");
  assert.equal(nearestPart(GRID, "a", arrowOf("ArrowDown")), "c");
  assert.equal(nearestPart(GRID, "d", arrowOf("ArrowUp")), "b");
  assert.equal(nearestPart(GRID, "d", arrowOf("ArrowLeft")), "c");
  assert.equal(nearestPart(GRID, "b", arrowOf("ArrowRight")), "far");
});

test("there is nothing beyond the edge, and every part is reached", () => {
  assert.equal(nearestPart(GRID, "a", arrowOf("ArrowLeft")), undefined);
  const seen = new Set(["a"]);
  for (const key of seen) {
    for (const arrow of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
      const next = nearestPart(GRID, key, arrowOf(arrow));
      if (next) seen.add(next);
    }
  }
  assert.equal(seen.size, GRID.length);
  assert.equal(arrowOf("Enter"), undefined);
});

test("the selection follows a rename, also of what is around it", () => {
  const renamed = { from: ["hosts", "esx01"], to: ["hosts", "a/b"] };
  assert.equal(renamedKey("hosts/esx01", renamed), "hosts/a~1b");
  assert.equal(renamedKey("hosts/esx01/physical_nics/vmnic0", renamed), "hosts/a~1b/physical_nics/vmnic0");
  assert.equal(renamedKey("hosts/esx011", renamed), "hosts/esx011");
  assert.equal(renamedKey("vms/web01", null), "vms/web01");
});

test("what was added is selected, what was removed falls back to the VM", () => {
  const bar = { fields: [{ field: "vm", value: "web01" }] };
  const inspectors = { "vms/web01": {}, "hosts/esx01": {}, "hosts/new": {} };
  assert.equal(selectionIn({ inspectors, bar, added: ["hosts", "new"] }, "hosts/esx01"), "hosts/new");
  assert.equal(selectionIn({ inspectors, bar }, "hosts/esx01"), "hosts/esx01");
  assert.equal(selectionIn({ inspectors, bar }, "hosts/gone"), "vms/web01");
  assert.equal(selectionIn({ inspectors: { ".": {} }, bar: { fields: [] } }, null), ".");
});

test("a field is read as its kind", () => {
  assert.equal(readField({ kind: "number" }, { value: " 20 " }), 20);
  assert.equal(readField({ kind: "number" }, { value: "" }), undefined);
  assert.equal(readField({ kind: "number" }, { value: "x" }), undefined);
  assert.equal(readField({ kind: "text" }, { value: " Prod " }), "Prod");
  assert.equal(readField({ kind: "text", nullable: true }, { value: " " }), null);
  assert.deepEqual(readField({ kind: "select", options: [[null, "none"], [{ a: 1 }, "one"]] }, { value: "1" }), { a: 1 });
  assert.equal(readField({ kind: "checkbox" }, { checked: true }), true);
  assert.equal(readField({ kind: "checkbox", values: [null, {}] }, { checked: false }), null);
});
