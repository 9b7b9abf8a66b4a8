/** What is drawn over the picture: shapes, their names, and the points to take hold of. */

import { drawn, node } from "./dom.js";
import { centre, middles } from "./geometry.js";

/** Returns the key of the text that says that a zone does not count now, or null. */
export function absence(zone) {
  if (!zone.enabled) return "zones.off";
  return zone.state?.live === "off" ? "zones.not_now" : null;
}

export class Overlay {
  /** The buttons of each point: the point itself, and the middle of the edge after it. */
  #handles = [];

  /** `focused` hears of the point that the Tab key has reached. */
  constructor(words, focused) {
    this.words = words;
    this.focused = focused;
    this.shapes = drawn("svg", {
      class: "shapes",
      viewBox: "0 0 1 1",
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    });
    this.names = node("div", { class: "names", "aria-hidden": "true" });
    this.points = node("div", { class: "points" });
    this.elements = [this.shapes, this.names, this.points];
  }

  /** Where it is on the page. */
  get box() {
    return this.shapes.getBoundingClientRect();
  }

  /** Draws the zones, and above them the one that is being drawn or changed, if any. */
  render(zones, draft, isDragged) {
    const shown = zones.map((zone) => ({ ...zone, closed: true }));
    if (draft) {
      const { name, kind, enabled, outline } = draft;
      const { points: polygon, closed } = outline;
      shown.push({ name, kind, enabled, polygon, closed, edited: true });
    }
    this.shapes.replaceChildren(...shown.flatMap(shapeOf));
    this.names.replaceChildren(...shown.flatMap((zone) => this.#name(zone)));
    this.#renderHandles(draft?.outline, isDragged);
  }

  /** Gives the keyboard to a point. */
  focus(index) {
    this.#handles[index]?.point.focus({ preventScroll: true });
  }

  #name(zone) {
    // The form has its name, and the points need the room.
    if (zone.edited) return [];
    const absent = absence(zone);
    const told = absent ? ` (${this.words.say(absent)})` : "";
    const label = node("span", { class: `name ${zone.kind}` }, `${zone.name}${told}`);
    place(label, centre(zone.polygon));
    return [label];
  }

  /** Keeps the buttons that are there: they hold the focus, and a double click. */
  #renderHandles(outline, isDragged) {
    const points = outline?.points ?? [];
    while (this.#handles.length > points.length) {
      const { point, middle } = this.#handles.pop();
      point.remove();
      middle.remove();
    }
    while (this.#handles.length < points.length) this.#addHandle();
    const between = outline?.closed ? middles(points) : [];
    this.#handles.forEach(({ point, middle }, index) => {
      const [left, top] = points[index].map((one) => Math.round(one * 100));
      const where = { number: index + 1, count: points.length, left, top };
      point.setAttribute("aria-label", this.words.say("draw.point", where));
      point.classList.toggle("selected", index === outline.selected);
      point.classList.toggle("closing", index === 0 && outline.canClose);
      place(point, points[index]);
      middle.hidden = !outline.closed || isDragged;
      if (outline.closed) place(middle, between[index]);
    });
  }

  #addHandle() {
    const index = this.#handles.length;
    const point = node("button", {
      type: "button",
      class: "point",
      onfocus: () => this.focused(index),
    });
    point.dataset.point = index;
    const middle = node("button", {
      type: "button",
      class: "middle",
      "aria-label": this.words.say("draw.add_point", { number: index + 1 }),
    });
    middle.dataset.edge = index;
    this.#handles.push({ point, middle });
    this.points.append(point, middle);
  }
}

/** Returns a shape and what shines through below it, so that it is seen on anything. */
function shapeOf(zone) {
  const { kind, polygon, closed, edited } = zone;
  if (!polygon.length) return [];
  const points = polygon.map((point) => point.join(",")).join(" ");
  const state = `${edited ? "edited" : ""} ${absence(zone) ? "off" : ""}`;
  return ["under", "shape"].map((layer) =>
    drawn(closed ? "polygon" : "polyline", {
      points,
      class: `${layer} ${kind} ${state}`,
    }),
  );
}

function place(element, [x, y]) {
  element.style.left = `${x * 100}%`;
  element.style.top = `${y * 100}%`;
}
