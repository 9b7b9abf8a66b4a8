/** How a camera's zones are kept, and what the last self-test found, in plain words. */

import { button, node } from "./dom.js";

/** The outputs, with the names that the sensor's attributes have. */
const OUTPUTS = { live: "live", still: "stills", clips: "clips" };
const ATTRIBUTES = "entity.sensor.privacy_zones.state_attributes";
const MOODS = {
  masked_by_camera: "good",
  masked_by_hearthcam: "good",
  blocked: "bad",
  passed: "good",
  incomplete: "warn",
  leaked: "bad",
};
const UNPROTECTED = ["camera", "sound", "events", "admins", "files", "copies", "moving"];

export class Proof {
  #camera = null;
  /** The tests that are running, by camera: what each has looked at, and its start. */
  #running = new Map();

  constructor(words, { checked }) {
    this.words = words;
    this.checked = checked;
    this.outputs = node("dl", { class: "outputs" });
    this.past = node("p", { class: "hint" });
    this.verdict = node("div", { role: "status" });
    this.found = node("ul", { class: "found" });
    this.fault = node("p", { class: "error", role: "alert" });
    this.hint = node("p", { class: "hint" });
    this.start = button(words.say("proof.check"), () => this.checked(this.#camera), {
      class: "primary",
      name: "check",
    });
    this.element = node(
      "section",
      { class: "card proof", "aria-label": words.say("proof.title") },
      node("h2", {}, words.say("proof.title")),
      this.outputs,
      this.past,
      node("h3", {}, words.say("proof.test")),
      this.verdict,
      this.found,
      this.fault,
      this.start,
      this.hint,
      node(
        "details",
        {},
        node("summary", {}, words.say("unprotected.title")),
        node("ul", {}, ...UNPROTECTED.map((one) => node("li", {}, words.say(`unprotected.${one}`)))),
      ),
    );
  }

  show(camera) {
    if (camera.camera_id !== this.#camera?.camera_id) this.complain("");
    this.#camera = camera;
    this.outputs.replaceChildren(...Object.keys(OUTPUTS).flatMap((one) => this.#output(one)));
    this.past.textContent = this.#past();
    this.#render();
  }

  /** Shows a test as it goes on; returns what is told of each output, and of its end. */
  begin(camera) {
    const running = { outputs: [], begun: Date.now() };
    this.#running.set(camera.camera_id, running);
    this.complain("");
    this.#render();
    const clock = setInterval(() => this.#render(), 1000);
    return {
      told: (output) => {
        running.outputs.push(output);
        this.#render();
      },
      ended: () => {
        clearInterval(clock);
        this.#running.delete(camera.camera_id);
        this.#render();
      },
    };
  }

  complain(text) {
    this.fault.textContent = text;
  }

  isRunning(camera) {
    return this.#running.has(camera.camera_id);
  }

  #render() {
    const camera = this.#camera;
    const running = this.#running.get(camera.camera_id);
    const { check } = camera;
    const outputs = running?.outputs ?? check?.outputs ?? [];
    this.verdict.replaceChildren(running ? this.#progress(running) : this.#outcome(check));
    this.found.replaceChildren(...outputs.map((output) => this.#found(output)));
    this.start.disabled = Boolean(running) || !camera.loaded || camera.shut || !camera.zones;
    this.hint.textContent = this.#hint(camera, running);
  }

  #output(output) {
    const { words } = this;
    const { state, cause } = this.#camera.outputs[output];
    const texts = `${ATTRIBUTES}.${OUTPUTS[output]}`;
    const said = state ? words.of(`${texts}.state.${state}`) : words.say("proof.unknown");
    const why = cause ? `: ${words.of(`${ATTRIBUTES}.${OUTPUTS[output]}_cause.state.${cause}`)}` : "";
    return [
      node("dt", {}, words.of(`${texts}.name`)),
      node("dd", { class: MOODS[state] ?? "" }, `${said}${why}`),
    ];
  }

  #past() {
    const { hidden } = this.#camera;
    return hidden ? this.words.say("proof.hidden", { count: hidden }) : "";
  }

  #progress({ begun, outputs }) {
    const seconds = Math.floor((Date.now() - begun) / 1000);
    return node(
      "p",
      { class: "verdict running" },
      node("span", { class: "spinner", "aria-hidden": "true" }),
      this.words.say("proof.running", { seconds, count: outputs.length }),
    );
  }

  #outcome(check) {
    const { words } = this;
    if (!check) return node("p", { class: "verdict" }, words.say("proof.never"));
    const outcome = words.of(`entity.sensor.privacy_check.state.${check.outcome}`);
    const { outdated } = this.#camera;
    const mood = outdated && check.outcome === "passed" ? "warn" : MOODS[check.outcome];
    return node(
      "p",
      { class: `verdict ${mood}` },
      node("strong", {}, outcome),
      node("span", {}, words.say(`verdict.${check.outcome}`)),
      outdated ? node("strong", {}, words.say("proof.outdated")) : null,
      node("span", { class: "hint" }, words.moment(check.time)),
    );
  }

  #found({ output, frames, leaked, brightest, error }) {
    const { words } = this;
    const name = words.say(`outputs.${output}`) || output;
    const why = error && (words.say(`faults.${error}`) || words.say("faults.other", { error }));
    const said = leaked
      ? words.say("found.leaked", { leaked, brightest })
      : why || words.say("found.black", { frames });
    const mood = leaked ? "bad" : error ? "warn" : "good";
    return node("li", {}, node("span", {}, name), node("span", { class: mood }, said));
  }

  #hint(camera, running) {
    if (running) return this.words.say("proof.long");
    if (!camera.loaded) return this.words.say("picture.not_loaded");
    if (camera.shut) return this.words.say("proof.shut");
    if (!camera.zones) return this.words.say("proof.nothing");
    const leaked = camera.check?.outcome === "leaked";
    return leaked ? this.words.say("proof.after_leak") : this.words.say("proof.nightly");
  }
}
