/** Making elements. Whatever a camera or a person named becomes text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Returns a new element.
 *
 * Of `properties`, functions named on… are listeners, aria-…, role, for and the like are
 * attributes, and all others are properties. Children that are strings become text; null
 * ones are left out.
 */
export function node(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made) made[name] = value;
    else made.setAttribute(name === "class" ? "class" : name, value);
  }
  made.append(...children.flat().filter((child) => child !== null));
  return made;
}

/** Returns a new element of a drawing. */
export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Returns a drawn icon that says nothing to screen readers. */
export function icon(path) {
  return drawn(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
    drawn("path", { d: path }),
  );
}

/** Returns a button with a text. */
export function button(text, onclick, properties = {}) {
  return node("button", { type: "button", onclick, ...properties }, text);
}
