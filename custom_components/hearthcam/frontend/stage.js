/** Drawing and changing a shape over the picture, with a finger, a mouse or keys. */

import { node } from "./dom.js";
import { distance, edgeAt, holds, middles, settled } from "./geometry.js";
import { Overlay } from "./overlay.js";

/** Pixels: what is near an edge, what makes a rectangle, and what is but a tremble. */
const REACH = 10;
const SPAN = 12;
const TREMBLE = 3;
/** How far the arrow keys move a point, without and with Shift. */
const STEP = 0.005;
const FAST_STEP = 0.05;
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class Stage {
  #zones = [];
  #draft = null;
  #drag = null;
  /** The points on which the last two clicks were, by number; undefined: on none. */
  #pressed = [];

  /**
   * `chosen` hears of the zone that was clicked, `changed` of each new outline, `left`
   * of the wish to stop.
   */
  constructor(words, picture, { chosen, changed, left }) {
    this.chosen = chosen;
    this.changed = changed;
    this.left = left;
    this.overlay = new Overlay(words, (index) => this.#focused(index));
    this.element = node(
      "div",
      {
        class: "stage",
        role: "group",
        "aria-label": words.say("draw.area"),
        onpointerdown: (event) => this.#down(event),
        onpointermove: (event) => this.#move(event),
        onpointerup: (event) => this.#up(event),
        onpointercancel: (event) => this.#up(event),
        ondblclick: () => this.#doubled(),
        onkeydown: (event) => this.#key(event),
      },
      picture.element,
      ...this.overlay.elements,
    );
  }

  /** Shows the zones, and the one that is being drawn or changed, if any. */
  show(zones, draft) {
    this.#zones = zones.filter((zone) => zone.polygon && zone.zone_id !== draft?.zone_id);
    this.#draft = draft;
    this.element.classList.toggle("editing", Boolean(draft));
    this.element.classList.toggle("drawing", Boolean(draft && !draft.outline.closed));
    this.overlay.render(this.#zones, draft, Boolean(this.#drag));
  }

  /** Gives the keyboard to the selected point. */
  focusPoint() {
    this.overlay.focus(this.#draft?.outline.selected ?? -1);
  }

  get #size() {
    const { width, height } = this.overlay.box;
    return [width, height];
  }

  #at(event) {
    const { left, top, width, height } = this.overlay.box;
    return settled([(event.clientX - left) / width, (event.clientY - top) / height]);
  }

  // --- pointers ---

  #down(event) {
    if (event.button !== 0 || this.#drag) return;
    const at = this.#at(event);
    if (!this.#draft) {
      this.#choose(at);
      return;
    }
    const { outline } = this.#draft;
    const handle = event.target.closest("button")?.dataset ?? {};
    this.#pressed = [this.#pressed[1], handle.point];
    event.preventDefault();
    outline.beginGesture();
    const move = outline.closed ? this.#grip(handle, at) : this.#draw(handle, at);
    if (move) {
      this.#drag = { move, pointer: event.pointerId };
      this.element.setPointerCapture(event.pointerId);
    } else {
      outline.endGesture();
    }
    this.#redraw();
    this.focusPoint();
  }

  /** Draws a point; returns what moves it, if anything does. */
  #draw(handle, at) {
    const { outline } = this.#draft;
    if (handle.point === "0" && outline.canClose) {
      outline.close();
      return null;
    }
    if (handle.point) {
      outline.select(Number(handle.point));
      return this.#moving(at);
    }
    outline.add(at);
    return outline.points.length > 1 ? this.#moving(at) : this.#spanning(at);
  }

  /** Takes hold of a point, of an edge, which gets one, or of the whole shape. */
  #grip(handle, at) {
    const { outline } = this.#draft;
    if (handle.point) {
      outline.select(Number(handle.point));
      return this.#moving(at);
    }
    const edge = handle.edge
      ? Number(handle.edge)
      : edgeAt(outline.points, at, this.#size, REACH);
    if (edge >= 0) {
      outline.insert(edge, at);
      return this.#moving(at);
    }
    outline.select(-1);
    if (!holds(outline.points, at)) {
      this.#choose(at);
      return null;
    }
    const before = outline.points;
    return this.#steadily(at, (to) =>
      outline.shift(before, [to[0] - at[0], to[1] - at[1]]),
    );
  }

  /** Returns what moves the selected point along. */
  #moving(at) {
    const { outline } = this.#draft;
    const index = outline.selected;
    const [x, y] = outline.points[index];
    return this.#steadily(at, (to) =>
      outline.move(index, [x + to[0] - at[0], y + to[1] - at[1]]),
    );
  }

  /** Returns what makes a rectangle of the first point, when it is drawn far enough. */
  #spanning(at) {
    const { outline } = this.#draft;
    return (to) => {
      const wide = [0, 1].every(
        (axis) => Math.abs(to[axis] - at[axis]) * this.#size[axis] > SPAN,
      );
      if (wide) outline.span(at, to);
      else if (outline.closed) outline.restart(at);
    };
  }

  /** A hand that trembles while it clicks moves nothing. */
  #steadily(at, move) {
    let moves = false;
    return (to) => {
      moves ||= distance(at, to, this.#size) > TREMBLE;
      if (moves) move(to);
    };
  }

  #move(event) {
    if (event.pointerId !== this.#drag?.pointer) return;
    this.#drag.move(this.#at(event));
    this.#redraw();
  }

  #up(event) {
    if (event.pointerId !== this.#drag?.pointer) return;
    this.#drag = null;
    this.#draft?.outline.endGesture();
    this.#redraw();
  }

  /** Takes a point away, or joins the last one that was drawn and the first. */
  #doubled() {
    const [before, last] = this.#pressed;
    if (!this.#draft || last === undefined) return;
    const { outline } = this.#draft;
    if (before === last) outline.remove();
    else if (!outline.closed) outline.close();
    this.#redraw();
    this.focusPoint();
  }

  #choose(at) {
    const hit = this.#zones.filter((zone) => holds(zone.polygon, at)).at(-1);
    if (hit) this.chosen(hit);
  }

  // --- keys ---

  #key(event) {
    if (!this.#draft || !this.#means(event)) return;
    event.preventDefault();
    event.stopPropagation();
    this.#redraw();
    this.focusPoint();
  }

  /** Does what a key means; tells whether it means anything. */
  #means(event) {
    const { outline } = this.#draft;
    const { point, edge } = event.target.closest("button")?.dataset ?? {};
    const isPushed = ["Enter", " "].includes(event.key);
    if (event.key === "Escape") this.left();
    else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) {
      outline.undo();
    } else if (point && event.key in ARROWS) {
      const step = event.shiftKey ? FAST_STEP : STEP;
      const [x, y] = outline.points[point];
      const [right, down] = ARROWS[event.key];
      outline.move(Number(point), [x + right * step, y + down * step]);
    } else if (point && ["Delete", "Backspace"].includes(event.key)) {
      outline.select(Number(point));
      outline.remove();
    } else if (edge && isPushed) {
      outline.insert(Number(edge), middles(outline.points)[edge]);
    } else if (point === "0" && isPushed && outline.canClose) {
      outline.close();
    } else {
      return false;
    }
    return true;
  }

  /** Shows what has changed, unless what was chosen or left has replaced it. */
  #redraw() {
    if (!this.#draft) return;
    this.show(this.#zones, this.#draft);
    this.changed();
  }

  #focused(index) {
    const outline = this.#draft?.outline;
    if (!outline || this.#drag || outline.selected === index) return;
    outline.select(index);
    this.#redraw();
  }
}
