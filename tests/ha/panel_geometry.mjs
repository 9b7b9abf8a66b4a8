// The panel's shapes, without a browser: `node --test` runs this.

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import test from "node:test";

const MODULES = new URL("../../custom_components/hearthcam/frontend/", import.meta.url);
const geometry = await import(new URL("geometry.js", MODULES));
const { Draft } = await import(new URL("draft.js", MODULES));
const { Outline } = await import(new URL("outline.js", MODULES));

const SIZE = [200, 100];
const SQUARE = [
  [0.2, 0.2],
  [0.6, 0.2],
  [0.6, 0.6],
  [0.2, 0.6],
];

test("each module can be read, and finds what it imports", async () => {
  const defined = [];
  globalThis.HTMLElement = class {};
  globalThis.customElements = { define: (name) => defined.push(name) };
  for (const name of await readdir(MODULES)) await import(new URL(name, MODULES));
  assert.deepEqual(defined, ["hearthcam-panel"]);
});

test("points stay in the picture, with four decimals", () => {
  assert.deepEqual(geometry.settled([-0.1, 1.2]), [0, 1]);
  assert.deepEqual(geometry.settled([0.123456, 1 / 3]), [0.1235, 0.3333]);
});

test("distances are those of the picture as it is shown", () => {
  assert.equal(geometry.distance([0, 0], [0.1, 0], SIZE), 20);
  assert.equal(geometry.distance([0, 0], [0, 0.1], SIZE), 10);
});

test("an edge is found near by, the closing one too", () => {
  assert.equal(geometry.edgeAt(SQUARE, [0.4, 0.21], SIZE, 5), 0);
  assert.equal(geometry.edgeAt(SQUARE, [0.2, 0.4], SIZE, 5), 3);
  assert.equal(geometry.edgeAt(SQUARE, [0.4, 0.4], SIZE, 5), -1);
  // Beyond the end of an edge it is the end that counts.
  assert.equal(geometry.edgeAt(SQUARE, [0.7, 0.2], SIZE, 5), -1);
});

test("inside is inside, of shapes with notches too", () => {
  const notched = [...SQUARE, [0.4, 0.4]];
  assert.ok(geometry.holds(SQUARE, [0.25, 0.4]));
  assert.ok(!geometry.holds(notched, [0.25, 0.4]));
  assert.ok(geometry.holds(notched, [0.5, 0.4]));
  assert.ok(!geometry.holds(SQUARE, [0.7, 0.4]));
});

test("a shape is moved as far as the picture goes, and keeps its form", () => {
  assert.deepEqual(geometry.shifted(SQUARE, [0.9, -0.1]), [
    [0.6, 0.1],
    [1, 0.1],
    [1, 0.5],
    [0.6, 0.5],
  ]);
});

test("a name is written in the middle", () => {
  geometry.centre(SQUARE).forEach((one) => assert.ok(Math.abs(one - 0.4) < 1e-9));
  assert.deepEqual(geometry.centre([[0.5, 0.5]]), [0.5, 0.5]);
});

test("an outline is drawn point by point, and closed with three", () => {
  const outline = new Outline();
  outline.add([0.1, 0.1]);
  outline.add([0.5, 0.1]);
  outline.close();
  assert.ok(!outline.closed);
  outline.add([0.5, 0.5]);
  assert.ok(outline.canClose);
  outline.close();
  assert.ok(outline.closed);
  outline.undo();
  assert.ok(!outline.closed);
  outline.undo();
  assert.equal(outline.points.length, 2);
});

test("one drag is one step back, whichever way it went", () => {
  const outline = new Outline(SQUARE);
  outline.beginGesture();
  outline.move(0, [0.1, 0.1]);
  outline.move(0, [0.05, 0.1]);
  outline.endGesture();
  assert.deepEqual(outline.points[0], [0.05, 0.1]);
  assert.ok(outline.changed);
  outline.undo();
  assert.deepEqual(outline.points, SQUARE);
  assert.ok(!outline.changed);
  assert.ok(!outline.canUndo);
});

test("a click that moves nothing is no step", () => {
  const outline = new Outline(SQUARE);
  outline.beginGesture();
  outline.select(2);
  outline.endGesture();
  assert.ok(!outline.canUndo);
});

test("a rectangle that becomes too small is a point again", () => {
  const outline = new Outline();
  outline.beginGesture();
  outline.add([0.5, 0.5]);
  outline.span([0.5, 0.5], [0.1, 0.2]);
  assert.deepEqual(outline.points[0], [0.1, 0.2]);
  outline.restart([0.5, 0.5]);
  outline.endGesture();
  assert.deepEqual([outline.points, outline.closed], [[[0.5, 0.5]], false]);
  outline.undo();
  assert.deepEqual(outline.points, []);
});

test("of three points none can be taken away, of four one", () => {
  const outline = new Outline(SQUARE);
  outline.select(3);
  outline.remove();
  assert.deepEqual(outline.points, SQUARE.slice(0, 3));
  assert.equal(outline.selected, 2);
  outline.remove();
  assert.equal(outline.points.length, 3);
});

test("a point is put into the edge that closes the shape, too", () => {
  const outline = new Outline(SQUARE);
  outline.insert(3, geometry.middles(SQUARE)[3]);
  assert.deepEqual(outline.points.at(-1), [0.2, 0.4]);
  assert.equal(outline.selected, 4);
});

test("a draft is what was listed, until something changes", () => {
  const zone = { zone_id: "A", name: "Gate", kind: "motion", polygon: SQUARE };
  const draft = new Draft({ ...zone, enabled: false, sensitivity: 70 });
  assert.ok(!draft.changed);
  draft.name = "Door";
  assert.ok(draft.changed);
  assert.equal(draft.zone.sensitivity, 70);
  assert.equal(draft.zone.enabled, false);
  assert.deepEqual(draft.zone.polygon, SQUARE);
  assert.equal(draft.zone.zone_id, "A");
  assert.ok(!("zone_id" in new Draft().zone));
});
