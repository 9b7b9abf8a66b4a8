/** The outline of a zone while it is drawn or changed, with a way back. */

import {
  rectangle,
  settled,
  shifted,
  withoutPoint,
  withPoint,
  withPointAt,
} from "./geometry.js";

export const FEWEST_POINTS = 3;

export class Outline {
  #past = [];
  #gesture = null;
  #first;

  /** Begins with points: those of a zone, which is closed, or none. */
  constructor(points = []) {
    this.points = points.map(settled);
    this.closed = this.points.length >= FEWEST_POINTS;
    this.selected = -1;
    this.#first = JSON.stringify(this.points);
  }

  /** Whether it is another shape than in the beginning. */
  get changed() {
    return JSON.stringify(this.points) !== this.#first;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canClose() {
    return !this.closed && this.points.length >= FEWEST_POINTS;
  }

  /** Whether the selected point can be taken away. */
  get canRemove() {
    const fewest = this.closed ? FEWEST_POINTS : 0;
    return this.selected >= 0 && this.points.length > fewest;
  }

  /** Takes all that follows, until it is ended, for one step to undo. */
  beginGesture() {
    this.#gesture = { kept: false };
  }

  endGesture() {
    this.#gesture = null;
  }

  select(index) {
    this.selected = index;
  }

  /** Adds a point to an open outline. */
  add(point) {
    this.#keep();
    this.points = [...this.points, settled(point)];
    this.selected = this.points.length - 1;
  }

  /** Puts a point into an edge. */
  insert(edge, point) {
    this.#keep();
    this.points = withPoint(this.points, edge, point);
    this.selected = edge + 1;
  }

  /** Moves a point. */
  move(index, point) {
    this.#keep();
    this.points = withPointAt(this.points, index, point);
    this.selected = index;
  }

  /** Moves all of it away from `points`, where it was. */
  shift(points, step) {
    this.#keep();
    this.points = shifted(points, step);
  }

  /** Becomes a closed rectangle. */
  span(one, other) {
    this.#keep();
    this.points = rectangle(one, other);
    this.closed = true;
    this.selected = -1;
  }

  /** Becomes one point of an open outline. */
  restart(point) {
    this.#keep();
    this.points = [settled(point)];
    this.closed = false;
    this.selected = 0;
  }

  /** Takes the selected point away, where enough are left. */
  remove() {
    if (!this.canRemove) return;
    this.#keep();
    this.points = withoutPoint(this.points, this.selected);
    this.selected = Math.min(this.selected, this.points.length - 1);
  }

  /** Joins the last point and the first, where there are enough. */
  close() {
    if (!this.canClose) return;
    this.#keep();
    this.closed = true;
    this.selected = -1;
  }

  /** Goes one step back. */
  undo() {
    const before = this.#past.pop();
    if (!before) return;
    Object.assign(this, before);
    this.selected = Math.min(this.selected, this.points.length - 1);
  }

  #keep() {
    if (this.#gesture?.kept) return;
    if (this.#gesture) this.#gesture.kept = true;
    this.#past.push({ points: this.points, closed: this.closed });
  }
}
