/** Asking before something is done. */

import { button, node } from "./dom.js";

/** Shows a question in a dialog within `root`; resolves to whether the answer is yes. */
export function ask(root, { text, yes, no }) {
  return new Promise((resolve) => {
    const dialog = node(
      "dialog",
      {
        class: "question",
        "aria-label": text,
        onclose: () => {
          dialog.remove();
          resolve(dialog.returnValue === "yes");
        },
      },
      node("p", {}, text),
      node(
        "div",
        { class: "buttons" },
        button(no, () => dialog.close("no")),
        button(yes, () => dialog.close("yes"), { class: "danger" }),
      ),
    );
    root.append(dialog);
    dialog.showModal();
  });
}
