/** Meters beside the faders: what sounds just now, behind the fader. */

import { el, still } from "../base/dom.js";
import { state } from "../base/store.js";
import { player } from "../sound/listening.js";

const LOW_DB = -60;
const HIGH_DB = 6;
const FALL_DB_S = 26;
const HOLD_S = 1.2;
const SILENT = [0, 0];
const CALM_MS = 120; // between two pictures where moving ones are not wanted

/** One meter. */
export function makeMeter() {
  const bar = el("i");
  const peak = el("b");
  const root = el("span.meter", { "aria-hidden": "true" }, bar, peak);
  let shown = 0;
  let held = { share: 0, until: 0 };
  const show = ([rms, top], seconds, now) => {
    const level = share(rms);
    shown = Math.max(level, shown - (FALL_DB_S / (HIGH_DB - LOW_DB)) * seconds);
    const crest = share(top);
    if (crest >= held.share || now > held.until) held = { share: Math.max(crest, held.share - seconds), until: crest >= held.share ? now + HOLD_S : held.until };
    bar.style.setProperty("--level", shown.toFixed(3));
    peak.style.setProperty("--level", held.share.toFixed(3));
    root.classList.toggle("hot", top >= 1);
    return shown > 0.001 || held.share > 0.001;
  };
  return { root, show };
}

/**
 * Keeps meters going while something sounds.
 *
 * @param {() => {all: Object[], shown: {at: number[], meter: Function}[]}} strips all stems; and the meters that are seen,
 *   each with the places of the stems that it measures.
 */
export function runMeters(strips) {
  const samples = new Float32Array(2048);
  let last = 0;
  let running = false;
  const tick = (ms) => {
    const pause = still() ? CALM_MS : 0;
    if (ms - last < pause) return requestAnimationFrame(tick);
    const seconds = Math.min(0.2, (ms - last) / 1000);
    last = ms;
    let alive = player.playing;
    const blind = state.blind && !state.blind.voted; // meters would tell
    const level = strips().all.map((_, at) => (blind ? SILENT : player.meter(at, samples)));
    for (const strip of strips().shown) alive = strip.meter(together(strip.at.map((at) => level[at])), seconds, ms / 1000) || alive;
    running = alive;
    if (alive) requestAnimationFrame(tick);
  };
  return () => {
    if (running || !player.playing) return;
    running = true;
    last = performance.now();
    requestAnimationFrame(tick);
  };
}

/** The level of several stems at once, as of unlike sounds. */
function together(levels) {
  if (levels.length === 1) return levels[0] ?? SILENT;
  return [Math.hypot(...levels.map(([rms]) => rms)), Math.max(...levels.map(([, peak]) => peak))];
}

function share(amplitude) {
  if (amplitude <= 0) return 0;
  return Math.min(1, Math.max(0, (20 * Math.log10(amplitude) - LOW_DB) / (HIGH_DB - LOW_DB)));
}
