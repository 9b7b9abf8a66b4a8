/** The panel: Home Assistant makes this element, and tells it what there is. */

import { button, icon, node } from "./dom.js";
import { ZonesPage } from "./page.js";
import { STYLES } from "./styles.js";
import { Words } from "./words.js";

const MENU = "M3,6H21V8H3V6M3,11H21V13H3V11M3,16H21V18H3V16Z";
const PATH = "/hearthcam";

class HearthcamPanel extends HTMLElement {
  #hass;
  #narrow = false;
  #path = "";
  #language = null;
  #page = null;
  #menu = null;

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
  }

  set hass(hass) {
    this.#hass = hass;
    this.toggleAttribute("dark", Boolean(hass.themes?.darkMode));
    this.#build();
    if (!this.#page) return;
    this.#page.hass = hass;
    this.#showMenu();
  }

  set narrow(narrow) {
    this.#narrow = narrow;
    this.#showMenu();
  }

  set route(route) {
    this.#path = route?.path ?? "";
  }

  /** Home Assistant takes it away from a tab that nobody sees, and puts it back later. */
  connectedCallback() {
    this.#page?.refresh();
    if (this.#hass) this.#build();
  }

  disconnectedCallback() {
    this.#page?.leave();
  }

  /** Makes the page, anew where another language is spoken. */
  async #build() {
    const { language } = this.#hass;
    if (language === this.#language || !this.isConnected) return;
    this.#language = language;
    const words = await Words.of(this.#hass).catch(() => null);
    if (language !== this.#language) return;
    if (!words) {
      // They may come with one of the next states of Home Assistant.
      this.#language = null;
      return;
    }
    this.#page?.leave();
    const cameraId = decodeURIComponent(this.#path.slice(1));
    this.#page = new ZonesPage(words, this.#hass, cameraId, (moved) => {
      this.#path = `/${moved}`;
      history.replaceState(history.state, "", `${PATH}/${encodeURIComponent(moved)}`);
    });
    this.#menu = button("", () => this.#toggleMenu(), {
      class: "menu",
      "aria-label": words.say("page.menu"),
    });
    this.#menu.append(icon(MENU));
    this.shadowRoot.replaceChildren(
      node("style", {}, STYLES),
      node("header", {}, this.#menu, node("h1", {}, words.say("page.title"))),
      this.#page.element,
    );
    this.#showMenu();
  }

  #toggleMenu() {
    const event = new CustomEvent("hass-toggle-menu", { bubbles: true, composed: true });
    this.dispatchEvent(event);
  }

  #showMenu() {
    if (!this.#menu) return;
    this.#menu.hidden = !this.#narrow && this.#hass.dockedSidebar !== "always_hidden";
    this.toggleAttribute("narrow", this.#narrow);
  }
}

customElements.define("hearthcam-panel", HearthcamPanel);
