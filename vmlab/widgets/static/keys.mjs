// Paths, keys and places: pure functions that know no DOM.

export const SEVERITY_WORD = { error: "Error", warning: "Warning", advice: "Advice", queue: "Queues" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SIDEWAYS = 2.5;
const ASIDE = 10000; // what is hardly in the direction comes last

/** A path as one stable word, as Python's `words.key` spells it. */
export const keyOf = (path) =>
  path.map((name) => name.replaceAll("~", "~0").replaceAll("/", "~1")).join("/") || ".";

/** Direction of an arrow key, or undefined. */
export const arrowOf = (name) => ARROWS[name];

/** The nearest part in a direction: distance along plus 2.5 times the distance sideways. */
export function nearestPart(parts, from, [dx, dy]) {
  const middle = (part) => [part.x + part.w / 2, part.y + part.h / 2];
  const me = parts.find((part) => part.key === from);
  if (!me) return parts[0]?.key;
  const [x0, y0] = middle(me);
  let best;
  let least = Infinity;
  for (const part of parts) {
    const [x, y] = middle(part).map((value, i) => value - [x0, y0][i]);
    const along = x * dx + y * dy;
    const sideways = Math.abs(x * dy) + Math.abs(y * dx);
    const distance = along + SIDEWAYS * sideways + (sideways > 2 * along ? ASIDE : 0);
    if (part.key === from || along <= 4 || distance >= least) continue;
    least = distance;
    best = part.key;
  }
  return best;
}

/** A key after a part was renamed: its own, and those of what is inside it. */
export function renamedKey(key, renamed) {
  if (!renamed || !key) return key;
  const [from, to] = [keyOf(renamed.from), keyOf(renamed.to)];
  if (key === from) return to;
  return key.startsWith(`${from}/`) ? to + key.slice(from.length) : key;
}

/** Which part is selected in a new state: what was added, else what was, else the chosen VM. */
export function selectionIn(state, selected) {
  const { inspectors = {}, added, renamed, bar } = state;
  const vm = bar?.fields.find((field) => field.field === "vm")?.value;
  const wishes = [added && keyOf(added), renamedKey(selected, renamed), vm && keyOf(["vms", vm])];
  return wishes.find((key) => key && key in inspectors) ?? Object.keys(inspectors)[0] ?? null;
}

/** What a field's input holds as the value to send; undefined where it is no number. */
export function readField(field, input) {
  if (field.kind === "checkbox") return (field.values ?? [false, true])[input.checked ? 1 : 0];
  if (field.kind === "select") return field.options[Number(input.value)][0];
  const text = input.value.trim();
  if (field.nullable && text === "") return null;
  if (field.kind !== "number") return text;
  return text === "" || Number.isNaN(Number(text)) ? undefined : Number(text);
}
