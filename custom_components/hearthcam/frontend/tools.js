/** What can be done with the shape that is drawn, and how. */

import { button, node } from "./dom.js";

const MARGIN = 0.3;

export class Tools {
  constructor(words, { changed }) {
    this.words = words;
    this.hint = node("p", { class: "hint", "aria-live": "polite" });
    const tool = (name, act) =>
      button(words.say(`draw.${name}`), () => {
        act(this.draft.outline);
        changed();
      });
    this.buttons = {
      rectangle: tool("rectangle", (outline) => {
        outline.span([MARGIN, MARGIN], [1 - MARGIN, 1 - MARGIN]);
      }),
      finish: tool("finish", (outline) => outline.close()),
      undo: tool("undo", (outline) => outline.undo()),
      remove: tool("remove", (outline) => outline.remove()),
    };
    this.bar = node("div", { class: "buttons" }, ...Object.values(this.buttons));
    this.element = node("div", { class: "tools" }, this.hint, this.bar);
  }

  show(draft) {
    this.draft = draft;
    const outline = draft?.outline;
    const { rectangle, finish, undo, remove } = this.buttons;
    rectangle.hidden = outline?.points.length > 0;
    finish.hidden = !outline?.points.length || outline.closed;
    finish.disabled = !outline?.canClose;
    undo.disabled = !outline?.canUndo;
    remove.disabled = !outline?.canRemove;
    this.bar.hidden = !outline;
    const hint = this.words.say(`draw.hint_${this.#stage(outline)}`);
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
  }

  #stage(outline) {
    if (!outline) return "choose";
    if (outline.closed) return "change";
    return outline.points.length ? "next" : "begin";
  }
}
