/** What pictures show as one: a stem, or all stems of a group that is folded on the desk. */

import { factor } from "../base/numbers.js";
import { capital } from "../base/roles.js";
import { change, fader, state } from "../base/store.js";

const LINES = 4;

/**
 * The lanes, group by group.
 *
 * @returns {{label: string, stem: ?string, group: string, line: number, at: number[]}[]} at: which stems of the table;
 *   line: which kind of line tells it from others of its group.
 */
export function lanes() {
  const { stems, groups } = state.table;
  const place = new Map(stems.map((stem, at) => [stem.name, at]));
  return groups.flatMap(({ role, stems: names }) =>
    names.length > 1 && state.folded.has(role)
      ? [{ label: capital(role), stem: null, group: role, line: 0, at: names.map((name) => place.get(name)) }]
      : names.map((name, n) => ({ label: name, stem: name, group: role, line: n % LINES, at: [place.get(name)] })),
  );
}

/** What of the state the lanes depend on. */
export const lanesKey = () => JSON.stringify([state.table.groups, [...state.folded]]);

/** Chooses a lane's stem, or opens its group. */
export function choose(lane) {
  if (lane.stem) return change({ selected: state.selected === lane.stem ? null : lane.stem });
  const folded = new Set(state.folded);
  folded.delete(lane.group);
  change({ folded });
}

/** Levels of a lane's stems together, in dB, each moved by its fader; null where all are silent. */
export function summed(lane, levels, before) {
  const { stems } = state.table;
  const rows = lane.at.map((at) => [levels[at], factor(before ? 0 : fader(stems[at])) ** 2]);
  return rows[0][0].map((_, i) => {
    let power = 0;
    for (const [row, gain] of rows) if (row[i] !== null) power += gain * 10 ** (row[i] / 10);
    return power > 0 ? 10 * Math.log10(power) : null;
  });
}
