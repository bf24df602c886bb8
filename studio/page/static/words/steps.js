/** What an operation did, with a button that takes just that back. */

import { el, mark } from "../base/dom.js";
import { printed, signed } from "../base/numbers.js";
import { note } from "../base/notes.js";
import { goTo, perform } from "../base/session.js";
import { state } from "../base/store.js";

const SILENT = new Set(["ask", "explain", "measure", "analyse", "analyse_music", "feedback", "compare"]);

/**
 * One step of a reply.
 *
 * @param {Object} outcome
 * @param {?number} at which step of the history it is; null where it is none.
 * @param {boolean} [told] whether what it did is told beside it already.
 * @returns {HTMLElement}
 */
export function stepRow(outcome, at, told = false) {
  const item = el("li.did", { "data-operation": outcome.operation }, told ? null : el("span", { text: printed(brief(outcome)) }));
  if (at === null) return item;
  const back = el("button.small", { type: "button", text: "Undo", "data-action": "undo-step", "aria-label": `Undo: ${brief(outcome)}` });
  let undone = false;
  back.addEventListener("click", async () => {
    if (undone || !(await takeBack(outcome, at))) return;
    undone = true;
    mark(back, "aria-disabled", "true"); // it keeps the focus
    back.textContent = "Undone";
  });
  item.append(back);
  return item;
}

/** Where the steps of a reply that changed something stand in the history. */
export function placed(steps, table) {
  const places = new Array(steps.length).fill(null);
  let at = table.at;
  for (let i = steps.length - 1; i >= 0 && at > 0; i -= 1) {
    const { operation, said } = steps[i];
    if (SILENT.has(operation)) continue;
    const kept = table.history[at - 1];
    if (kept.operation !== operation || !said.startsWith(kept.said)) continue;
    places[i] = at;
    at -= 1;
  }
  return places;
}

/** Takes back one step: the last by undo; an earlier one by putting back what it changed, if that can be done alone. */
async function takeBack(outcome, at) {
  const { table } = state;
  const kept = table.history[at - 1];
  if (!kept || table.at < at || kept.operation !== outcome.operation) {
    note("That is taken back already.");
    return true;
  }
  if (table.at === at) return Boolean(await perform("undo"));
  const reverse = inverse(outcome);
  if (!reverse) {
    note("Other changes were made since: all of them are undone with it.");
    await goTo(at - 1);
    return true;
  }
  for (const [operation, args] of reverse) if (!(await perform(operation, args))) return false;
  return true;
}

/** The operations that put back what one did; null where only the history can. */
function inverse({ changes }) {
  const by = new Set(changes.map(({ what, before, after }) => (what === "gain_db" ? Math.round(100 * (before - after)) : null)));
  if (changes.length > 1 && by.size === 1 && !by.has(null)) return [["shift", { stems: changes.map(({ stem }) => stem), by_db: [...by][0] / 100 }]];
  const reverse = [];
  const done = new Set();
  for (const { stem, what, before } of changes) {
    if (done.has(stem + what)) continue;
    done.add(stem + what);
    if (what === "gain_db") reverse.push(["set", { stem, gain_db: before }]);
    else if (what === "locked") reverse.push([before ? "lock" : "unlock", { stems: [stem] }]);
    else if (what === "role") reverse.push(["role", { stem, role: before }]);
    else return null;
  }
  return reverse.length ? reverse : null;
}

/** A step in a line: faders from where to where, else the first sentence. */
function brief({ said, changes }) {
  const moved = changes.filter((change) => change.what === "gain_db");
  if (moved.length && moved.length <= 3) return moved.map((change) => `${change.stem}: ${signed(change.before)} to ${signed(change.after)} dB`).join(", ");
  return said.split(/(?<=[.!?]) /)[0];
}
