/** The session that the page shows: it follows what the server says, and sends what the user does, in order. */

import * as api from "./api.js";
import { change, state } from "./store.js";
import { note } from "./notes.js";

const WAIT_S = 25;
const AGAIN_MS = 2000;
const SETTLED_MS = 900; // after the last move of a fader, the mix is measured
const SLOW = new Set(["measure", "explain", "analyse_music", "feedback"]); // they change nothing, and nothing waits for them
const PATIENT_MS = 800; // then it is told what an operation waits for
const MOVING = new Set(["set", "nudge", "shift", "undo", "redo", "reset"]);

let follower = null;
let queue = Promise.resolve();
let measureTimer = 0;

/** Opens a session by its id and follows it. */
export function open(id) {
  leave();
  if (location.hash.slice(1) !== id) history.pushState(null, "", `#${id}`);
  change({ ...NOTHING, id, screen: "opening" });
  follower = new AbortController();
  follow(id, follower.signal);
}

/** Leaves the session, which stays where it is. */
export function leave() {
  follower?.abort();
  follower = null;
  clearTimeout(measureTimer);
  document.dispatchEvent(new Event("session:left"));
}

/** Back to the first page, with the sentence that says why. */
export function close(error = null) {
  leave();
  if (location.hash) history[error ? "replaceState" : "pushState"](null, "", location.pathname); // one can go back to it
  change({ ...NOTHING, id: null, screen: "welcome", error });
}

const NOTHING = {
  revision: -1, job: null, failed: null, table: null, text: null, offline: false, unjudged: null, last: null, error: null,
  measuring: false, demo: null, title: null, selected: null, side: "after", blind: null, peaks: null, views: null, music: null, room: "desk", upload: null, busy: 0,
};

async function follow(id, signal) {
  let revision = null;
  while (!signal.aborted) {
    try {
      const said = await api.session(id, revision, WAIT_S, signal);
      if (signal.aborted) return;
      revision = said.revision;
      if (state.offline) change({ offline: false, revision: -1 }); // it may have begun anew
      accept(said);
      if (said.failed) return;
    } catch (error) {
      if (signal.aborted || error.name === "AbortError") return;
      if (error.status === 404 || error.status === 401) return close(error.message);
      change({ offline: true });
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

/** Takes over what the server says, unless something newer was said before. */
function accept(said) {
  if (said.revision < state.revision) return;
  const patch = {};
  for (const key of ["revision", "job", "failed", "table", "text", "unjudged", "demo", "title"]) if (key in said) patch[key] = said[key];
  if (patch.table) patch.screen = "studio";
  if (patch.failed && !state.table && !patch.table) return close(patch.failed);
  change(patch);
  lookAfter();
}

/** What the page asks for by itself: the mix's measure, once the faders rest. (It listens by itself.) */
function lookAfter() {
  const { table, job } = state;
  if (table?.advice && !job && !table.mix) measureSoon();
}

function measureSoon() {
  clearTimeout(measureTimer);
  measureTimer = setTimeout(() => {
    const { table, job, dragged, busy, unjudged } = state;
    if (!table || table.mix || unjudged) return;
    if (job || dragged.size || busy) return measureSoon();
    change({ measuring: true });
    perform("measure", {}, { told: () => {} }).finally(() => change({ measuring: false }));
  }, SETTLED_MS);
}

/**
 * Does an operation, after those that were asked for before.
 *
 * @param {string} operation
 * @param {Object} [args]
 * @param {{told?: (message: string) => void}} [options] told: who is told of a refusal; by default the user.
 * @returns {Promise<?Object>} its outcome; null where it was refused.
 */
export function perform(operation, args = {}, { told = (message) => note(message, "error") } = {}) {
  const { id } = state;
  if (!id) return Promise.resolve(null);
  const send = async () => {
    let taken = () => {};
    const waits = SLOW.has(operation) ? 0 : setTimeout(() => (taken = toldWhy(operation)), PATIENT_MS);
    try {
      const said = await api.operate(id, operation, args);
      if (state.id !== id) return null;
      if (operation !== "measure" && operation !== "analyse") change({ last: said.outcome });
      accept(said);
      if (MOVING.has(operation)) measureSoon();
      return said.outcome;
    } catch (error) {
      if (state.id !== id) return null;
      if (error.status === 404) close(error.message);
      else told(error.message);
      return null;
    } finally {
      clearTimeout(waits);
      taken();
    }
  };
  change({ busy: state.busy + 1 });
  return (SLOW.has(operation) ? send() : (queue = queue.then(send, send))).finally(() => change({ busy: Math.max(0, state.busy - 1) }));
}

/** Says what an operation waits for; returns what takes that away. */
function toldWhy(operation) {
  const { job } = state;
  if (!job || job.operation === operation) return () => {};
  return note(`Your change is kept, and made as soon as ${UNTIL[job.operation] ?? "what is being done now is finished"}.`);
}

const UNTIL = { chat: "your last sentence is answered", mcp: "a language model has finished its step", match: "the reference is matched", like: "the songs are read", apply: "the faders are moved" };

/** Another request that changes the session: `ask` gives what the server said. */
export async function ask(request) {
  const { id } = state;
  change({ busy: state.busy + 1 });
  try {
    const said = await request(id);
    if (state.id !== id) return null;
    if ("revision" in said) accept(said);
    return said;
  } catch (error) {
    if (error.name === "AbortError" || state.id !== id) return null;
    if (error.status === 404) close(error.message);
    throw error;
  } finally {
    change({ busy: Math.max(0, state.busy - 1) });
  }
}

/** To a step of the history, by undo or redo, one after another. */
export async function goTo(step) {
  const way = step < state.table.at ? "undo" : "redo";
  for (let left = Math.abs(step - state.table.at); left > 0; left -= 1) {
    if (!(await perform(way))) return;
  }
}
