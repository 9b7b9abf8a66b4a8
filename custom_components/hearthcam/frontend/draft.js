/** A zone while it is drawn or changed: its outline, and what the form holds. */

import { Outline } from "./outline.js";

/** A person chooses the kind: one of them makes clips black for good. */
const NEW = {
  zone_id: null,
  name: "",
  kind: "",
  enabled: true,
  sensitivity: 50,
  min_size: 0,
  min_duration: 0,
  modes: [],
  past: true,
};
const FIELDS = Object.keys(NEW).filter((name) => name !== "zone_id");

export class Draft {
  #before;

  /** Begins with a zone as it is listed, or with a new one. */
  constructor(zone = {}) {
    for (const [name, value] of Object.entries(NEW)) this[name] = zone[name] ?? value;
    this.outline = new Outline(zone.polygon ?? []);
    this.#before = JSON.stringify(this.#settings);
  }

  /** Whether anything would be lost. */
  get changed() {
    return this.outline.changed || JSON.stringify(this.#settings) !== this.#before;
  }

  /** What is sent to be saved. */
  get zone() {
    return {
      ...this.#settings,
      ...(this.zone_id ? { zone_id: this.zone_id } : {}),
      polygon: this.outline.points,
    };
  }

  get #settings() {
    return Object.fromEntries(FIELDS.map((name) => [name, this[name]]));
  }
}
