/** The texts of the page, in the language of who looks at it. */

const DOMAIN = "hearthcam";
const CATEGORIES = ["config_panel", "config_subentries", "entity", "exceptions", "selector"];

/** Has Home Assistant load them; resolves to the function that knows them all. */
async function loaded(hass) {
  const load = (category) => hass.loadBackendTranslation(category, DOMAIN);
  await Promise.all(CATEGORIES.map(load));
  return load(CATEGORIES[0]);
}

export class Words {
  /** Returns the texts, or null while they are not there yet. */
  static async of(hass) {
    const words = new Words(hass, await loaded(hass));
    return words.say("page.title") ? words : null;
  }

  constructor(hass, localize) {
    this.hass = hass;
    this.localize = localize;
  }

  /** Returns a text of the panel. */
  say(key, values = {}) {
    return this.of(`config_panel.${key}`, values);
  }

  /** Returns any text of Hearthcam. */
  of(key, values = {}) {
    return this.localize(`component.${DOMAIN}.${key}`, values) || "";
  }

  /** Returns what a command that failed says. */
  fault(error) {
    const { translation_domain: domain, translation_key: key } = error;
    const text =
      domain && key
        ? this.localize(
            `component.${domain}.exceptions.${key}.message`,
            error.translation_placeholders ?? {},
          )
        : "";
    return text || error.message || this.say("page.failed");
  }

  /** Returns a moment (seconds of the epoch) as people write it. */
  moment(seconds) {
    const zone = this.hass.locale?.time_zone === "server" ? "server" : "local";
    return new Date(seconds * 1000).toLocaleString(this.hass.language, {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone: zone === "server" ? this.hass.config.time_zone : undefined,
    });
  }
}
