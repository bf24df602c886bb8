/** The player of the page: loads what can be heard, and follows the desk. */

import * as api from "../base/api.js";
import { change, state, subscribe } from "../base/store.js";
import { gains } from "./compare.js";
import { load } from "./load.js";
import { Player, render } from "./player.js";

export const player = new Player(() => change({ playing: player.playing }));

let loading = null;
let loadedFor = null;

/** Follows the state: loads a session's stems once, and puts their gains on. */
export function listening() {
  subscribe(() => {
    const { id, table } = state;
    if (id !== loadedFor) stop();
    if (id && table && id !== loadedFor) {
      loadedFor = id;
      fetchStems(0);
      fetchPeaks();
    }
    if (player.ready && table) {
      const { of, bus } = gains();
      player.set(of, bus);
    }
  });
  document.addEventListener("session:left", stop);
  addEventListener("pagehide", stop);
}

function stop() {
  loading?.abort();
  loading = null;
  loadedFor = null;
  if (player.ready) player.use([]);
}

/** Loads the stretch from `start_s` on. */
export async function fetchStems(start_s) {
  loading?.abort();
  const mine = new AbortController();
  loading = mine;
  const { id } = state;
  const set = (audio) => state.id === id && loading === mine && change({ audio });
  set({ loading: 0, preview: null, error: null });
  try {
    let shown = 0;
    const tell = (share) => share - shown > 0.02 && set({ loading: (shown = share), preview: null, error: null });
    const { preview, buffers } = await load(id, state.table.stems.length, start_s, tell, mine.signal);
    if (mine.signal.aborted) return;
    player.use(buffers);
    player.setLoop(state.loop);
    set({ loading: 1, preview, error: null });
  } catch (error) {
    if (error.name !== "AbortError") set({ loading: 0, preview: null, error: error.message || "The stems could not be loaded." });
  }
}

async function fetchPeaks() {
  const { id } = state;
  try {
    const peaks = await api.peaks(id, loading.signal);
    if (state.id === id) change({ peaks });
  } catch {
    // Without a picture the stems still sound.
  }
}

/** Where it plays, in seconds of the song; and back. */
export const songPosition = () => (state.audio.preview?.start_s ?? 0) + player.position_s;

/** To a place in the song: another stretch is loaded where that one is not at hand. */
export async function seekSong(position_s) {
  const { preview } = state.audio;
  if (!preview) return;
  const within = position_s - preview.start_s;
  if (within >= 0 && within <= preview.seconds) return player.seek(within);
  const was = player.playing;
  await fetchStems(Math.max(0, position_s - 1));
  if (!state.audio.preview) return;
  player.seek(position_s - state.audio.preview.start_s);
  if (was) player.play();
}

export function setLoop(loop) {
  player.setLoop(loop);
  change({ loop });
}

export const toggle = () => (player.playing ? player.pause() : player.play().catch(() => change({ audio: { ...state.audio, error: "The browser plays no sound here." } })));

/** What is played, as a buffer: for tests. `side`: "before" or "after"; listening: with match, mute and level. */
export function renderDesk(side = "after", listening = false) {
  const { of, bus } = gains(side, listening);
  return render(player.buffers, of, bus);
}
