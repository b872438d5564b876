// A region of the panel: redrawn only when what it shows has changed, focus and typing kept.

/** Make a region of `root`; `draw(...what)` returns its new children. */
export function makeRegion(root, draw) {
  let shown = null;
  return (...what) => {
    const text = JSON.stringify(what);
    if (text === shown) return;
    shown = text;
    const kept = keepFocus(root);
    root.replaceChildren(...draw(...what).flat(9).filter(Boolean));
    kept?.();
  };
}

/** Remember what has the focus, and what was typed into it; returns how to bring it back. */
function keepFocus(root) {
  const active = root.getRootNode().activeElement;
  if (!active || !root.contains(active)) return null;
  const { k, given } = active.dataset;
  const typed = given !== undefined && active.value !== given ? active.value : null;
  return () => {
    const again = k && root.querySelector(`[data-k="${CSS.escape(k)}"]`);
    const target = again && !again.disabled ? again : root.querySelector("[data-home]") || root;
    target.focus({ preventScroll: true });
    if (again && typed !== null && again.dataset.given === given) again.value = typed;
  };
}
