/** What was measured that speaks for a move, in words with its figures as buttons. */

import { el } from "../base/dom.js";
import { hertz, percent } from "../base/numbers.js";
import { figure, VIEW_OF } from "./linked.js";

const LITTLE_LU = 0.05;

/**
 * One reason.
 *
 * @param {string} stem whose.
 * @param {Object} reason as in the table.
 * @returns {HTMLElement}
 */
export function because(stem, reason) {
  const where = { stem, view: VIEW_OF[reason.kind] };
  const item = el("li", {});
  item.append(...parts(reason, (text) => figure(text, where)));
  return item;
}

function parts({ kind, measured, usual, other, low_hz, high_hz }, as) {
  const usually = (text) => (usual === null ? [] : [", usual is ", as(text)]);
  if (kind === "level") return [as(away(measured)), " the rest of the mix", ...usually(usual === null ? "" : away(usual))];
  if (kind === "anchor") return [as(away(measured)), ` the anchor${other ? ` (${other})` : ""}`, ...usually(usual === null ? "" : away(usual))];
  if (kind === "share") return [as(share(measured)), " of the mix\u2019s energy", ...usually(usual === null ? "" : share(usual))];
  if (kind === "masked") return [`covered by ${other ?? "another stem"} for `, as(share(measured)), ` of its time, ${hertz(low_hz)} to ${hertz(high_hz)}`];
  if (kind === "sounds") return ["sounds in ", as(share(measured)), " of the song"];
  return [`${kind} `, as(String(measured))];
}

const share = (value) => percent(value / 100);

/** "3.9 LU above", "2.5 LU below", "level with". */
function away(lu) {
  if (Math.abs(lu) < LITTLE_LU) return "level with";
  return `${Math.abs(lu).toFixed(1)}\u00a0LU ${lu > 0 ? "above" : "below"}`;
}
