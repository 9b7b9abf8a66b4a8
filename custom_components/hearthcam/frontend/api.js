/** What the page asks of Hearthcam. */

/** Returns a promise, and what settles it: `Promise.withResolvers` of newer browsers. */
function promised() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

export class Api {
  constructor(hass) {
    this.hass = hass;
  }

  async cameras() {
    const { cameras } = await this.hass.callWS({ type: "hearthcam/privacy" });
    return cameras;
  }

  zones(entryId) {
    return this.hass.callWS({ type: "hearthcam/zones/list", entry_id: entryId });
  }

  saveZone(entryId, zone) {
    return this.hass.callWS({ type: "hearthcam/zones/save", entry_id: entryId, ...zone });
  }

  deleteZone(entryId, zoneId) {
    return this.hass.callWS({
      type: "hearthcam/zones/delete",
      entry_id: entryId,
      zone_id: zoneId,
    });
  }

  /** Checks a camera; `told` hears of each output, the promise has the result. */
  async check(cameraId, told) {
    const { connection } = this.hass;
    const command = { type: "hearthcam/privacy/check/subscribe", camera_id: cameraId };
    const ended = promised();
    const hear = (event) => {
      if (event.output) told(event.output);
      if (event.result) ended.resolve(event.result);
      if (event.error) ended.reject(event.error);
    };
    const lose = () => ended.reject({});
    connection.addEventListener("disconnected", lose);
    try {
      // A connection that comes back must not begin another test.
      const leave = await connection.subscribeMessage(hear, command, {
        resubscribe: false,
      });
      try {
        return await ended.promise;
      } finally {
        leave();
      }
    } finally {
      connection.removeEventListener("disconnected", lose);
    }
  }
}
