/** What a reply offers, as buttons. */

import { el } from "../base/dom.js";
import { state } from "../base/store.js";

const NEEDS = { anchor: "anchor-choice", usual: "usual", strength: "strength", lock: "lock" };

const TEXTS = {
  analyse: () => "Listen",
  apply: ({ stems, dry_run }) => (dry_run ? "Say what would move" : stems ? `Apply ${stems.join(", ")}` : "Apply"),
  anchor: ({ stem }) => (stem ? `Take ${stem} as the anchor` : "Choose an anchor"),
  lock: ({ stems }) => (stems ? `Lock ${stems.join(", ")}` : "Lock a stem"),
  unlock: ({ stems }) => `Unlock ${(stems ?? []).join(", ")}`,
  usual: ({ genre }) => (genre ? `Judge by ${genre}` : "Choose what it is judged by"),
  strength: ({ percent }) => (percent === undefined ? "Set the strength" : `Set the strength to ${percent}\u00a0%`),
  undo: () => "Undo",
  redo: () => "Redo",
  measure: () => "Measure the mix",
  reset: () => "Reset the faders",
  compare: () => "Compare with the original",
  explain: ({ style }) => (style === "plain" ? "In plain words" : "Say it in words"),
  ask: ({ question }) => question,
};

/**
 * The button of an offer.
 *
 * @param {string} operation
 * @param {Object} args
 * @param {(operation: string, args: Object) => void} take
 */
export function offerButton(operation, args, take) {
  const open = operation in NEEDS && !Object.keys(args).length; // what the user has to choose
  const text = TEXTS[operation]?.(args) ?? [operation, ...Object.values(args)].join(" ");
  return el("button.small.offer", { type: "button", text, "data-action": "offer", "data-operation": operation, on: { click: () => (open ? point(operation) : take(operation, args)) } });
}

/** To the control with which an open offer is chosen. */
function point(operation) {
  const first = state.selected ? `[data-stem="${CSS.escape(state.selected)}"] ` : "";
  const control = document.querySelector(`${operation === "lock" ? first : ""}[data-action="${NEEDS[operation]}"]`);
  control?.scrollIntoView({ block: "center" });
  control?.focus();
}
