/** The zones of a camera, to choose from. */

import { button, icon, node } from "./dom.js";
import { absence } from "./overlay.js";

const PLUS = "M19,13H13V19H11V13H5V11H11V5H13V11H19V13Z";

export class ZoneList {
  constructor(words, { chosen, added, removed }) {
    this.words = words;
    this.chosen = chosen;
    this.removed = removed;
    this.items = node("ul", { class: "zones" });
    const add = button(words.say("zones.add"), added, { class: "primary add" });
    add.prepend(icon(PLUS));
    this.element = node(
      "section",
      { class: "card", tabIndex: -1, "aria-label": words.say("zones.title") },
      node("h2", {}, words.say("zones.title")),
      this.items,
      add,
    );
  }

  show(zones) {
    const none = node("li", { class: "hint" }, this.words.say("zones.none"));
    const items = zones.map((zone) => this.#item(zone));
    this.items.replaceChildren(...(items.length ? items : [none]));
  }

  #item(zone) {
    const { words } = this;
    const kind = words.of(`selector.zone_kind.options.${zone.kind}`);
    if (zone.unreadable) {
      return node(
        "li",
        { class: "unreadable" },
        node("strong", {}, zone.name),
        node("span", { class: "hint" }, words.say(`zones.unreadable_${this.#effect(zone)}`)),
        button(words.say("zones.redraw"), () => this.chosen(zone)),
        button(words.say("form.delete"), () => this.removed(zone), { class: "danger" }),
      );
    }
    const modes = (zone.modes ?? []).map((mode) =>
      words.of(`selector.arming_mode.options.${mode}`),
    );
    const absent = absence(zone);
    const told = [kind, ...modes, ...(absent ? [words.say(absent)] : [])];
    const choose = button("", () => this.chosen(zone), { class: "zone" });
    choose.append(
      node("span", { class: `swatch ${zone.kind}`, "aria-hidden": "true" }),
      node("strong", {}, zone.name),
      node("span", { class: "hint" }, told.join(" · ")),
    );
    return node("li", {}, choose);
  }

  #effect(zone) {
    return zone.kind === "privacy" ? "black" : "ignored";
  }
}
