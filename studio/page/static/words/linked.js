/** Figures in a text become buttons that show where each was measured. */

import { el } from "../base/dom.js";
import { printed } from "../base/numbers.js";
import { change, state } from "../base/store.js";
import { reveal } from "../desk/desk.js";

const FIGURE = /([+\-\u2212]?\d+(?:\.\d+)?)[ \u00a0](dB|LU|%)/g;
const CLOSE = 0.06;

/** Where a kind of reason was measured. */
export const VIEW_OF = { level: "level", anchor: "level", share: "level", masked: "masking", sounds: "level" };

/** Shows where a figure was measured: the stem on the desk, or the picture. */
export function show({ stem, view = null }) {
  if (!view) return reveal(stem);
  change({ selected: stem, view });
  const picture = document.getElementById("views");
  picture.scrollIntoView({ block: "nearest" });
  picture.querySelector("[role=tab][aria-selected=true]")?.focus({ preventScroll: true });
}

/**
 * A text with its figures as buttons; those that no stem of the advice has stay text.
 *
 * @param {string} text
 * @returns {Node[]}
 */
export function linked(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(FIGURE)) {
    const where = source(Math.abs(Number(found[1].replace("\u2212", "-"))), found[2]);
    if (!where) continue;
    nodes.push(printed(text.slice(from, found.index)), figure(found[0], where));
    from = found.index + found[0].length;
  }
  nodes.push(printed(text.slice(from)));
  return nodes;
}

/** A figure as a button. */
export function figure(text, where) {
  const place = where.view ? `show it in the picture of ${where.view === "level" ? "levels" : where.view}` : "show it on the desk";
  return el("button.figure", { type: "button", text: printed(text), title: `${where.stem}: ${place}`, "data-action": "figure", "data-shows": where.view ?? "desk", on: { click: () => show(where) } });
}

/** Which stem a figure is of, and where it was measured. */
function source(size, unit) {
  const stems = [...state.table.stems].sort((a, b) => Math.abs(b.suggested_db ?? 0) - Math.abs(a.suggested_db ?? 0));
  const near = (value, by = CLOSE) => value !== null && value !== undefined && Math.abs(Math.abs(value) - size) < by;
  if (unit === "dB") {
    const stem = stems.find((one) => near(one.suggested_db)) ?? stems.find((one) => near(one.low_db) || near(one.high_db) || near(one.held_back_db));
    return stem && size > 0 ? { stem: stem.name } : null;
  }
  const kinds = unit === "LU" ? ["level", "anchor"] : ["share", "masked", "sounds"];
  for (const stem of stems) {
    const reason = (stem.reasons ?? []).find((one) => kinds.includes(one.kind) && (near(one.measured) || near(one.usual)));
    if (reason) return { stem: stem.name, view: VIEW_OF[reason.kind] };
  }
  return null;
}
