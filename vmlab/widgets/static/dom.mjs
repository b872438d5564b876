// Elements from a tag, attributes and children; nothing else.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

function fillElement(element, attrs, kids) {
  for (const [name, value] of Object.entries(attrs ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...kids.flat(9).filter((kid) => kid !== null && kid !== undefined && kid !== false));
  return element;
}

/** An HTML element; `onclick` and its like are listeners, null and false are left out. */
export const h = (tag, attrs, ...kids) => fillElement(document.createElement(tag), attrs, kids);

/** An SVG element, in the same way. */
export const s = (tag, attrs, ...kids) =>
  fillElement(document.createElementNS(SVG_NAMESPACE, tag), attrs, kids);
