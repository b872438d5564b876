// An evacuation at an instant: pure functions that know no DOM.

/** Where a VM is at a second, what it does, and how much of it has been copied (0..1). */
export function vmAt(vm, t) {
  let found = { at: vm.host, does: vm.stays ? "stays" : "", to: null, share: 0 };
  for (const one of vm.tries) {
    if (t < one.ready_s) break;
    if (one.start_s === null || t < one.start_s) return { ...found, does: "waits", to: one.to, waits: one.waits_for };
    if (one.end_s === null || t < one.end_s) return { ...found, ...onTheWay(one, t) };
    found = one.good
      ? { at: one.to, does: "moved", to: null, share: 1 }
      : { at: vm.host, does: "came back", to: null, share: 0 };
  }
  return found;
}

function onTheWay(one, t) {
  if (one.good && one.resumed_s !== null && t >= one.resumed_s) return { at: one.to, does: "clean-up", to: null, share: 1 };
  if (one.copies_s === null || t < one.copies_s) return { does: "sets up", to: one.to, share: 0 };
  const until = one.pause_s ?? one.end_s;
  if (t >= until) return { does: "paused", to: one.to, share: 1 };
  return { does: "copies", to: one.to, share: until > one.copies_s ? (t - one.copies_s) / (until - one.copies_s) : 1 };
}

/** What a link carries at a second, as a share of what it can (0..1). */
export function linkAt(steps, t) {
  let share = 0;
  for (const [from, now] of steps) {
    if (from > t) break;
    share = now;
  }
  return share;
}

/** How many VMs are where on their way. */
export function countAt(vms, t) {
  const count = { waits: 0, moves: 0, moved: 0, stays: 0 };
  for (const vm of vms) {
    const { does } = vmAt(vm, t);
    if (does === "waits") count.waits += 1;
    else if (does === "moved") count.moved += 1;
    else if (does === "stays" || does === "came back") count.stays += 1;
    else if (does) count.moves += 1;
  }
  return count;
}

/** The last event that has happened by a second. */
export const eventAt = (events, t) => events.findLastIndex((event) => event.s <= t + 1e-9);

/** The next instant at which something happens, forward or back; the end or the start else. */
export function nextEvent(events, t, direction, total_s) {
  const near = 1e-6 * Math.max(1, total_s);
  if (direction > 0) return events.find((event) => event.s > t + near)?.s ?? total_s;
  return events.findLast((event) => event.s < t - near)?.s ?? 0;
}

/** Seconds as they are read: 42.2 s, 12 min 34 s. */
export function clockText(s) {
  if (s < 120) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
