/** The camera's still: always what everybody sees, or the reason why there is none. */

import { node } from "./dom.js";

const SHAPE = "16 / 9";
/** Milliseconds after which a picture that did not come is asked for again. */
const RETRY = 3000;

/** Returns the key of the text that says why a camera has no picture, or null. */
function hindrance(camera, state) {
  if (!camera.loaded) return "not_loaded";
  if (camera.shut) return "shut";
  if (camera.outputs.still.state === "blocked") return "blocked";
  if (camera.zones && camera.outputs.still.state === null) return "unknown";
  if (!state || state.state === "unavailable") return "offline";
  return null;
}

/** Returns an element for a picture, without one. */
function still() {
  return node("img", { class: "still", draggable: false, hidden: true });
}

export class Picture {
  #asked = 0;
  #address = null;

  constructor(words) {
    this.words = words;
    this.image = still();
    this.message = node("p", { class: "no-picture", role: "status" });
    this.element = node("div", { class: "picture" }, this.image, this.message);
    this.element.style.aspectRatio = SHAPE;
  }

  /** Shows what there is of a camera; where it is the same as before, nothing happens. */
  show(camera, hass) {
    const state = hass.states[camera.entities.camera];
    const why = hindrance(camera, state);
    if (why) {
      this.#clear(this.#reason(why, camera));
      return;
    }
    this.alt = this.words.say("picture.alt", { name: camera.name });
    const address = state.attributes.entity_picture;
    if (address === this.#address) return;
    // What is shown may be from before something was to be hidden.
    this.drop();
    this.#load(address);
  }

  /** Fetches it anew. */
  refresh() {
    if (this.#address) this.#load(this.#address);
  }

  /** Shows nothing until it is fetched anew: something else is to be hidden. */
  drop() {
    this.#clear(this.words.say("picture.loading"));
  }

  #load(address) {
    const number = ++this.#asked;
    this.#address = address;
    if (this.image.hidden) this.message.textContent = this.words.say("picture.loading");
    const loading = still();
    loading.onload = () => {
      if (number !== this.#asked) return;
      const shape = `${loading.naturalWidth} / ${loading.naturalHeight}`;
      this.element.style.aspectRatio = shape;
      loading.alt = this.alt;
      this.#replace(loading);
      loading.hidden = false;
      this.message.textContent = "";
    };
    loading.onerror = () => {
      if (number !== this.#asked) return;
      this.#clear(this.words.say("picture.none"), address);
      setTimeout(() => {
        if (this.element.isConnected && address === this.#address) this.#load(address);
      }, RETRY);
    };
    loading.src = `${address}&at=${Date.now()}`;
  }

  #clear(message, address = null) {
    this.#asked += 1;
    this.#address = address;
    this.#replace(still());
    this.message.textContent = message;
  }

  #replace(image) {
    this.image.replaceWith(image);
    this.image = image;
  }

  #reason(why, camera) {
    const causes = "entity.sensor.privacy_zones.state_attributes.stills_cause.state";
    const cause = this.words.of(`${causes}.${camera.outputs.still.cause}`);
    return this.words.say(`picture.${why}`, { cause });
  }
}
