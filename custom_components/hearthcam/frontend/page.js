/** Zones & privacy: one camera's picture, its zones, and what is proven of them. */

import { Api } from "./api.js";
import { button, icon, node } from "./dom.js";
import { Draft } from "./draft.js";
import { Picture } from "./picture.js";
import { Proof } from "./proof.js";
import { ask } from "./question.js";
import { Stage } from "./stage.js";
import { Tools } from "./tools.js";
import { ZoneForm } from "./zone_form.js";
import { ZoneList } from "./zone_list.js";

const REFRESH =
  "M17.65,6.35C16.2,4.9 14.21,4 12,4A8,8 0 0,0 4,12A8,8 0 0,0 12,20C15.73,20 18.84,17.45 " +
  "19.73,14H17.65C16.83,16.33 14.61,18 12,18A6,6 0 0,1 6,12A6,6 0 0,1 12,6C13.66,6 " +
  "15.14,6.69 16.22,7.78L13,11H20V4L17.65,6.35Z";
/** Milliseconds: changes come in bunches; what is not known yet will be soon. */
const SOON = 250;
const LATER = 2000;

export class ZonesPage {
  #hass;
  #asked = 0;
  #timer = null;
  #seen = "";
  #camera = null;
  #zones = [];
  #draft = null;
  #form = null;

  /** Begins with the camera of an id, or the first one; `moved` hears of others. */
  constructor(words, hass, cameraId, moved) {
    this.words = words;
    this.moved = moved;
    this.wanted = cameraId;
    this.#hass = hass;
    this.api = new Api(hass);
    this.cameras = node("select", {
      name: "camera",
      onchange: () => this.#turnTo(this.cameras.value),
    });
    this.picture = new Picture(words);
    this.stage = new Stage(words, this.picture, {
      chosen: (zone) => this.#edit(zone),
      changed: () => this.tools.show(this.#draft),
      left: () => this.#leave(),
    });
    this.tools = new Tools(words, { changed: () => this.#showDraft() });
    this.list = new ZoneList(words, {
      chosen: (zone) => this.#edit(zone),
      added: () => this.#edit({}),
      removed: (zone) => this.#remove(zone),
    });
    this.proof = new Proof(words, { checked: (camera) => this.#check(camera) });
    this.side = node("div", { class: "side" });
    this.message = node("p", { class: "message", role: "status" }, words.say("page.loading"));
    this.content = node(
      "div",
      { class: "columns", hidden: true },
      this.#pictureCard(),
      this.side,
      this.proof.element,
    );
    this.element = node("main", {}, this.message, this.content);
    this.refresh();
  }

  /** Follows what changes in Home Assistant. */
  set hass(hass) {
    this.#hass = hass;
    this.api.hass = hass;
    const seen = this.#fingerprint();
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#refreshIn(SOON);
  }

  /** Ends what goes on by itself; `refresh` goes on, with no picture of before. */
  leave() {
    clearTimeout(this.#timer);
    this.picture.drop();
  }

  /** Asks anew for all that is shown. */
  async refresh() {
    const number = ++this.#asked;
    try {
      const cameras = await this.api.cameras();
      const camera = this.#chosenOf(cameras);
      const listed = camera ? await this.api.zones(camera.entry_id) : { zones: [] };
      if (number === this.#asked) this.#show(cameras, camera, listed.zones);
    } catch (error) {
      if (number !== this.#asked) return;
      this.#tell(this.words.fault(error));
      this.#refreshIn(LATER);
    }
  }

  #chosenOf(cameras) {
    const wanted = this.#camera?.camera_id ?? this.wanted;
    return cameras.find((one) => one.camera_id === wanted) ?? cameras[0] ?? null;
  }

  #pictureCard() {
    const { words } = this;
    const label = node("label", { class: "camera" }, words.say("page.camera"), this.cameras);
    const refresh = button(words.say("picture.refresh"), () => this.picture.refresh(), {
      class: "refresh",
    });
    refresh.prepend(icon(REFRESH));
    return node(
      "section",
      { class: "card view", "aria-label": words.say("page.title") },
      node("div", { class: "bar" }, label, refresh),
      this.stage.element,
      this.tools.element,
    );
  }

  // --- showing ---

  #show(cameras, camera, zones) {
    const turned = camera?.camera_id !== this.#camera?.camera_id;
    this.#camera = camera;
    this.#zones = zones;
    this.#seen = this.#fingerprint();
    this.#tell(camera ? "" : this.words.say("page.no_cameras"));
    this.content.hidden = !camera;
    this.content.inert = false;
    if (!camera) return;
    if (turned) {
      this.#draft = null;
      this.picture.drop();
    }
    const options = cameras.map(({ name, camera_id: value }) =>
      node("option", { value, selected: value === camera.camera_id }, name),
    );
    this.cameras.replaceChildren(...options);
    this.picture.show(camera, this.#hass);
    this.list.show(zones);
    this.proof.show(camera);
    this.#showDraft();
    const states = Object.values(camera.outputs).map((output) => output.state);
    if (camera.loaded && states.includes(null)) this.#refreshIn(LATER);
  }

  #showDraft() {
    if (!this.#draft) this.#form = null;
    const top = this.#form?.element ?? this.list.element;
    if (this.side.firstChild !== top) {
      const hadFocus = this.side.matches(":focus-within");
      this.side.replaceChildren(top);
      if (hadFocus) top.focus({ preventScroll: true });
    }
    this.stage.show(this.#zones, this.#draft);
    this.tools.show(this.#draft);
  }

  /** Says something of the whole page, or nothing. */
  #tell(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  /** Returns what tells by a change that all has to be asked for anew. */
  #fingerprint() {
    const { camera, ...sensors } = this.#camera?.entities ?? {};
    const { states } = this.#hass;
    return JSON.stringify([
      states[camera]?.state,
      states[camera]?.attributes.entity_picture,
      ...Object.values(sensors).map((id) => [states[id]?.state, states[id]?.last_updated]),
    ]);
  }

  #refreshIn(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.element.isConnected && this.refresh(), milliseconds);
  }

  // --- what a person does ---

  async #turnTo(cameraId) {
    if (!(await this.#mayLeave())) {
      this.cameras.value = this.#camera.camera_id;
      return;
    }
    this.#camera = null;
    this.wanted = cameraId;
    this.content.inert = true;
    this.picture.drop();
    this.moved(cameraId);
    await this.refresh();
  }

  async #edit(zone) {
    if (!(await this.#mayLeave())) return;
    this.#draft = new Draft(zone);
    this.#form = new ZoneForm(this.words, this.#draft, {
      changed: () => this.stage.show(this.#zones, this.#draft),
      saved: () => this.#save(),
      left: () => this.#leave(),
      removed: () => this.#remove(this.#draft),
    });
    this.#showDraft();
    this.#showPicture();
  }

  async #leave() {
    if (!(await this.#mayLeave())) return;
    this.#draft = null;
    this.#showDraft();
  }

  async #mayLeave() {
    if (!this.#draft?.changed) return true;
    const { words } = this;
    return ask(this.element, {
      text: words.say("form.discard_question"),
      yes: words.say("form.discard"),
      no: words.say("form.keep"),
    });
  }

  async #save() {
    const [draft, form] = [this.#draft, this.#form];
    draft.name = draft.name.trim();
    const missing = this.#missing(draft);
    if (missing) {
      form.complain(missing);
      return;
    }
    draft.outline.close();
    this.#showDraft();
    form.complain("");
    form.busy(true);
    try {
      await this.api.saveZone(this.#camera.entry_id, draft.zone);
      await this.#changed();
    } catch (error) {
      form.complain(this.words.fault(error));
    } finally {
      form.busy(false);
    }
  }

  /** Returns what to say of what was not filled in, or an empty text. */
  #missing({ name, kind }) {
    if (!name) return this.words.of("config_subentries.zone.error.name_missing");
    return kind ? "" : this.words.say("form.kind_missing");
  }

  async #remove(zone) {
    const { words } = this;
    const sure = await ask(this.element, {
      text: words.say(`form.delete_question_${zone.kind}`, { name: zone.name }),
      yes: words.say("form.delete"),
      no: words.say("form.keep"),
    });
    if (!sure) return;
    try {
      await this.api.deleteZone(this.#camera.entry_id, zone.zone_id);
      await this.#changed();
    } catch (error) {
      // Damaged zones are removed from the list: there is no form.
      if (this.#form) this.#form.complain(words.fault(error));
      else this.#tell(words.fault(error));
    }
  }

  /** Shows the zones as they are now, and no picture of before. */
  async #changed() {
    this.#draft = null;
    this.picture.drop();
    await this.refresh();
    this.#showPicture();
  }

  /** Scrolls to the picture, where it is out of sight. */
  #showPicture() {
    this.stage.element.scrollIntoView({ block: "nearest" });
  }

  async #check(camera) {
    const { told, ended } = this.proof.begin(camera);
    try {
      await this.api.check(camera.camera_id, told);
    } catch (error) {
      this.proof.complain(this.words.fault(error));
    } finally {
      // The result comes with all else, before the progress goes.
      await this.refresh();
      ended();
    }
  }
}
