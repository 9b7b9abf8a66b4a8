/** What a zone is called, what it is for, and what of its kind there is to choose. */

import { button, node } from "./dom.js";
import { between } from "./geometry.js";

const KINDS = ["motion", "ignore", "privacy"];
const MODES = ["disarmed", "armed_home", "armed_away", "armed_night"];
const TEXTS = "config_subentries.zone.step";

export class ZoneForm {
  /** Changes the `draft` as it is filled in, and tells `changed` of it. */
  constructor(words, draft, { changed, saved, left, removed }) {
    this.words = words;
    this.draft = draft;
    this.changed = changed;
    this.error = node("p", { class: "error", role: "alert" });
    this.save = node("button", { type: "submit", class: "primary" }, words.say("form.save"));
    this.sections = {
      motion: node("div", { class: "section" }, ...this.#motion()),
      privacy: node("div", { class: "section" }, ...this.#privacy()),
    };
    this.enabled = this.#check("enabled", words.of("entity.switch.zone_enabled.name"));
    const remove = button(words.say("form.delete"), removed, { class: "danger" });
    remove.hidden = !draft.zone_id;
    this.element = node(
      "form",
      {
        class: "card form",
        tabIndex: -1,
        noValidate: true,
        "aria-label": words.say(draft.zone_id ? "form.change" : "form.new"),
        onsubmit: (event) => {
          event.preventDefault();
          saved();
        },
      },
      node("h2", {}, words.say(draft.zone_id ? "form.change" : "form.new")),
      this.#name(),
      this.#kinds(),
      ...Object.values(this.sections),
      this.enabled,
      this.error,
      node(
        "div",
        { class: "buttons" },
        this.save,
        button(words.say("form.cancel"), left),
        remove,
      ),
    );
    this.#follow();
  }

  /** Shows what was wrong with it, or nothing. */
  complain(text) {
    this.error.textContent = text;
    if (text) this.error.scrollIntoView({ block: "nearest" });
  }

  busy(is) {
    this.save.disabled = is;
  }

  #put(name, value) {
    this.draft[name] = value;
    // What becomes black is black, even if it was switched off.
    if (value === "privacy") this.draft.enabled = this.enabled.control.checked = true;
    this.#follow();
    this.changed();
  }

  /** Shows what belongs to the kind; older clips are for zones that are always black. */
  #follow() {
    for (const [kind, section] of Object.entries(this.sections)) {
      section.hidden = this.draft.kind !== kind;
    }
    this.past.control.disabled = this.draft.modes.length > 0;
  }

  #name() {
    const input = node("input", {
      type: "text",
      name: "name",
      maxLength: 100,
      required: true,
      autocomplete: "off",
      value: this.draft.name,
      oninput: () => this.#put("name", input.value),
    });
    return node("label", { class: "field" }, this.words.of(`${TEXTS}.user.data.name`), input);
  }

  #kinds() {
    const { words } = this;
    const choices = KINDS.map((kind) =>
      node(
        "label",
        { class: "choice" },
        node("input", {
          type: "radio",
          name: "kind",
          value: kind,
          checked: this.draft.kind === kind,
          onchange: () => this.#put("kind", kind),
        }),
        node("span", { class: `swatch ${kind}`, "aria-hidden": "true" }),
        words.of(`selector.zone_kind.options.${kind}`),
      ),
    );
    return node(
      "fieldset",
      {},
      node("legend", {}, words.of(`${TEXTS}.user.data.kind`)),
      ...choices,
      node("p", { class: "hint" }, words.of(`${TEXTS}.user.data_description.kind`)),
    );
  }

  #privacy() {
    const { words, draft } = this;
    const tick = (mode, ticked) =>
      this.#put(
        "modes",
        MODES.filter((one) => (one === mode ? ticked : draft.modes.includes(one))),
      );
    const modes = MODES.map((mode) =>
      node(
        "label",
        { class: "choice" },
        node("input", {
          type: "checkbox",
          name: mode,
          checked: draft.modes.includes(mode),
          onchange: (event) => tick(mode, event.target.checked),
        }),
        words.of(`selector.arming_mode.options.${mode}`),
      ),
    );
    this.past = this.#check("past", words.of(`${TEXTS}.privacy.data.past`));
    return [
      node(
        "fieldset",
        {},
        node("legend", {}, words.of(`${TEXTS}.privacy.data.modes`)),
        ...modes,
        node("p", { class: "hint" }, words.of(`${TEXTS}.privacy.data_description.modes`)),
      ),
      this.past,
      node("p", { class: "hint" }, words.of(`${TEXTS}.privacy.data_description.past`)),
    ];
  }

  #motion() {
    return [
      this.#number("sensitivity", { type: "range", min: 1, max: 100, step: 1 }),
      this.#number("min_size", { type: "number", min: 0, max: 100, step: 1 }, "%", 100),
      this.#number("min_duration", { type: "number", min: 0, max: 60, step: 0.1 }, "s"),
    ];
  }

  #number(name, properties, unit = "", factor = 1) {
    const label = this.words.of(`${TEXTS}.tuning.data.${name}`);
    const help = this.words.of(`${TEXTS}.tuning.data_description.${name}`);
    const value = Math.round(this.draft[name] * factor * 10) / 10;
    const shown = node("output", {}, properties.type === "range" ? `${value}` : unit);
    const input = node("input", {
      ...properties,
      name,
      value,
      inputMode: "decimal",
      oninput: () => {
        if (properties.type === "range") shown.textContent = input.value;
        const given = between(properties.min, input.valueAsNumber || 0, properties.max);
        this.#put(name, given / factor);
      },
    });
    return node(
      "div",
      { class: "field" },
      node("label", {}, label, node("span", { class: "with-unit" }, input, shown)),
      node("p", { class: "hint" }, help),
    );
  }

  #check(name, text) {
    const input = node("input", {
      type: "checkbox",
      name,
      checked: this.draft[name],
      onchange: () => this.#put(name, input.checked),
    });
    return node("label", { class: "choice" }, input, text);
  }
}
