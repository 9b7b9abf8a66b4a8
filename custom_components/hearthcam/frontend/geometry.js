/**
 * Shapes on a picture. Points are [x, y], both from 0 to 1, from the left and the top.
 *
 * Pure functions: nothing is changed in place. Distances are in pixels, for which
 * functions take the `size` [width, height] in which the picture is shown.
 */

const DIGITS = 1e4;

/** Returns a number between two others, the nearest one. */
export function between(least, value, most) {
  return Math.min(Math.max(value, least), most);
}

/** Returns a point in the picture, rounded as zones are kept. */
export function settled([x, y]) {
  return [x, y].map((one) => Math.round(between(0, one, 1) * DIGITS) / DIGITS);
}

/** Returns how far two points are apart, in pixels. */
export function distance([x1, y1], [x2, y2], [width, height]) {
  return Math.hypot((x2 - x1) * width, (y2 - y1) * height);
}

/** Returns the edges of a closed shape as [start, end]; the last one closes it. */
export function edges(points) {
  return points.map((point, index) => [point, points[(index + 1) % points.length]]);
}

/** Returns the point in the middle of each edge of a closed shape. */
export function middles(points) {
  return edges(points).map(([start, end]) => [
    (start[0] + end[0]) / 2,
    (start[1] + end[1]) / 2,
  ]);
}

/** Returns the point of a line from `start` to `end` that is nearest to another. */
export function nearestOnLine([start, end], at, [width, height]) {
  const along = [(end[0] - start[0]) * width, (end[1] - start[1]) * height];
  const to = [(at[0] - start[0]) * width, (at[1] - start[1]) * height];
  const length = along[0] ** 2 + along[1] ** 2;
  const share = length
    ? between(0, (along[0] * to[0] + along[1] * to[1]) / length, 1)
    : 0;
  return [start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share];
}

/** Returns the number of the edge that is within `reach` pixels of a point, or -1. */
export function edgeAt(points, at, size, reach) {
  const distances = edges(points).map((edge) =>
    distance(nearestOnLine(edge, at, size), at, size),
  );
  const nearest = Math.min(...distances);
  return nearest <= reach ? distances.indexOf(nearest) : -1;
}

/** Tells whether a point is inside a shape: a ray crosses the outline oddly often. */
export function holds(points, [x, y]) {
  return edges(points).reduce((inside, [start, end]) => {
    if (start[1] > y === end[1] > y) return inside;
    const slope = (end[0] - start[0]) / (end[1] - start[1]);
    return x < start[0] + (y - start[1]) * slope ? !inside : inside;
  }, false);
}

/** Returns the shape with a point put in after that of a number. */
export function withPoint(points, index, point) {
  return [...points.slice(0, index + 1), settled(point), ...points.slice(index + 1)];
}

/** Returns the shape without the point of a number. */
export function withoutPoint(points, index) {
  return points.filter((_, number) => number !== index);
}

/** Returns the shape with the point of a number somewhere else. */
export function withPointAt(points, index, point) {
  return points.map((old, number) => (number === index ? settled(point) : old));
}

/** Returns the whole shape moved, as far as the picture goes. */
export function shifted(points, [x, y]) {
  const step = [x, y].map((wanted, axis) => {
    const along = points.map((point) => point[axis]);
    return between(-Math.min(...along), wanted, 1 - Math.max(...along));
  });
  return points.map((point) => settled([point[0] + step[0], point[1] + step[1]]));
}

/** Returns the rectangle between two corners, clockwise from its top left. */
export function rectangle(one, other) {
  const [left, right] = [one[0], other[0]].sort((a, b) => a - b);
  const [top, bottom] = [one[1], other[1]].sort((a, b) => a - b);
  const corners = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  return corners.map(settled);
}

/** Returns where to write the name of a shape: its centre of gravity. */
export function centre(points) {
  let doubled = 0;
  const sum = [0, 0];
  for (const [[x1, y1], [x2, y2]] of edges(points)) {
    const part = x1 * y2 - x2 * y1;
    doubled += part;
    sum[0] += (x1 + x2) * part;
    sum[1] += (y1 + y2) * part;
  }
  if (Math.abs(doubled) > 1e-9) return sum.map((one) => one / (3 * doubled));
  return [0, 1].map(
    (axis) => points.reduce((all, point) => all + point[axis], 0) / points.length,
  );
}
