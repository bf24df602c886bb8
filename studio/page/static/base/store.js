/** The page's state, in one place: what the server said last, and what is only of this page. It flows one way:
 * something changes the state, and every part draws itself anew from it. */

export const state = {
  info: null, // of GET /api
  screen: "starting", // starting, welcome, opening, studio
  error: null, // what stopped the last opening, a sentence
  upload: null, // 0..1 while files are sent

  id: null,
  revision: -1,
  job: null,
  failed: null,
  table: null,
  text: null,
  offline: false,
  busy: 0, // operations under way
  measuring: false,
  unjudged: null, // why no advice can be given, a sentence
  title: null, // of the song, also before it is read
  demo: null, // {stem, flaw_db} of the song to try
  last: null, // the last operation's outcome

  dragged: new Map(), // stem -> dB, where a fader is and the server does not know it yet
  solo: new Set(),
  mute: new Set(),
  folded: new Set(), // groups
  selected: null, // stem

  side: "after",
  matched: true,
  blind: null, // {x, playing, voted, votes, said}: see compare.js
  audio: { loading: 0, preview: null, error: null }, // loading: 0..1
  playing: false,
  loop: { on: true, from_s: null, to_s: null },
  volume_db: 0,

  room: "desk", // desk, song
  view: "level",
  peaks: null,
  views: null,
  music: null, // of GET .../music
};

const drawers = [];
let due = false;

/** Calls `draw` after every change, and once now. */
export function subscribe(draw) {
  drawers.push(draw);
  guarded(draw);
}

/** Changes the state; everything is drawn once, after all changes of this turn. */
export function change(patch) {
  Object.assign(state, patch);
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    drawers.forEach(guarded);
  });
}

/** The row of a stem. */
export const row = (name) => state.table?.stems.find((stem) => stem.name === name);

/** Where a stem's fader stands on this page. */
export const fader = (stem) => state.dragged.get(stem.name) ?? stem.fader_db;

/** Where the fader of each stem stands on this page. */
export const faders = () => (state.table?.stems ?? []).map(fader);

function guarded(draw) {
  try {
    draw(state);
  } catch (error) {
    console.error(error); // one part that fails must not stop the others
  }
}
