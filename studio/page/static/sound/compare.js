/** Before and after, equally loud, and blind: which gain each stem is heard with. */

import * as api from "../base/api.js";
import { factor } from "../base/numbers.js";
import { change, fader, state } from "../base/store.js";

const CEILING_DBTP = -1; // so that no player clips what is only judged

/** The side that is heard: "before" or "after". */
export const heardSide = () => (state.blind && !state.blind.voted ? state.blind[state.blind.playing] : state.side);

/** The side that pictures show: while one listens blind they must not tell. */
export const shownSide = () => (state.blind && !state.blind.voted ? "after" : state.side);

/** Whether both sides are measured at the present faders, so that they can be made equally loud. */
export const matchable = () => Boolean(state.table?.mix && state.table?.mix_as_opened);

/** What each side is turned down by so that both are equally loud: the louder one, never up. */
export function matchDb() {
  if (!matchable() || !(state.matched || state.blind)) return { before: 0, after: 0 };
  const { mix, mix_as_opened: opened } = state.table;
  const louder = mix.loudness_lufs - opened.loudness_lufs;
  if (!Number.isFinite(louder)) return { before: 0, after: 0 };
  return { before: Math.min(0, louder), after: Math.min(0, -louder) };
}

/**
 * What everything is turned down by so that nothing clips in the loudspeaker: a level to listen at, in no file. It only
 * goes down in the course of a session, so that it never moves by itself under somebody's ears.
 */
export function headroomDb() {
  const { table } = state;
  if (!table?.mix_as_opened) return 0;
  if (lowest.id !== state.id) lowest = { id: state.id, db: 0 };
  const match = matchDb();
  const peaks = [table.mix_as_opened.true_peak_dbtp + match.before];
  if (table.mix) peaks.push(table.mix.true_peak_dbtp + match.after);
  if (table.advice) peaks.push(table.advice.mix_at_suggestion.true_peak_dbtp + match.after);
  lowest.db = Math.min(lowest.db, CEILING_DBTP - Math.max(...peaks));
  return lowest.db;
}
let lowest = { id: null, db: 0 };

/** Which stems are on, by solo and mute: in a blind test all. */
export function sounding(stem) {
  if (state.blind && !state.blind.voted) return true;
  return state.solo.size ? state.solo.has(stem.name) : !state.mute.has(stem.name);
}

/** The factor on each stem, and on all, as it is heard now; without solo, mute and listening level: as it is in the file. */
export function gains(side = heardSide(), listening = true) {
  const stems = state.table?.stems ?? [];
  const of = stems.map((stem) => {
    const gainDb = side === "before" ? 0 : fader(stem);
    return listening && !sounding(stem) ? 0 : factor(gainDb);
  });
  return { of, bus: listening ? factor(matchDb()[side] + headroomDb() + state.volume_db) : 1 };
}

/** Begins a blind test: X and Y are before and after, in an order that nobody knows. */
export function beginBlind() {
  const coin = crypto.getRandomValues(new Uint8Array(2));
  const [x, y] = coin[0] % 2 ? ["before", "after"] : ["after", "before"];
  change({ blind: { x, y, playing: coin[1] % 2 ? "x" : "y", voted: null, votes: null, said: null, heard: new Set() } });
}

export const endBlind = () => change({ blind: null });

/** Keeps a vote: "x", "y" or "none". */
export async function vote(choice) {
  const { blind } = state;
  const preferred = choice === "none" ? "none" : blind[choice];
  change({ blind: { ...blind, voted: preferred } });
  const said = await api.vote(state.id, preferred);
  if (state.blind) change({ blind: { ...state.blind, votes: said.votes } });
}
