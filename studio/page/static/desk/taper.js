/** The scale of a fader: where each dB lies on its way, widest where one mixes. */

export const LEAST_DB = -60;
export const MOST_DB = 24;
export const TICKS_DB = [24, 12, 6, 0, -6, -12, -24, -60];

const POINTS = [[-60, 0], [-24, 0.16], [-12, 0.34], [0, 0.62], [12, 0.87], [24, 1]]; // dB, share of the way from below

/** The share of the way, 0 to 1. */
export const place = (gainDb) => between(gainDb, POINTS, 0, 1);

/** The position in dB at a share of the way. */
export const gainAt = (share) => between(share, POINTS, 1, 0);

/** Inside what a fader has. */
export const bounded = (gainDb) => Math.min(MOST_DB, Math.max(LEAST_DB, gainDb));

function between(value, points, from, to) {
  if (value <= points[0][from]) return points[0][to];
  for (let i = 1; i < points.length; i += 1) {
    const [low, high] = [points[i - 1], points[i]];
    if (value <= high[from]) return low[to] + ((value - low[from]) / (high[from] - low[from])) * (high[to] - low[to]);
  }
  return points[points.length - 1][to];
}
