/** The desk: all strips in their groups, with the scale beside them and what acts on all of them above. */

import { el, icon, iconButton, mark } from "../base/dom.js";
import { signed } from "../base/numbers.js";
import { capital } from "../base/roles.js";
import { perform } from "../base/session.js";
import { change, state, subscribe } from "../base/store.js";
import { makeGroup } from "./group.js";
import { runMeters } from "./meters.js";
import { settings } from "./settings.js";
import { makeStrip } from "./strip.js";
import { place, TICKS_DB } from "./taper.js";

const MANY = 10; // stems, from which on groups without a move start folded
const BESIDE = 5; // strips, up to which the pictures fit beside the desk

/** Fills the section of the desk. */
export function desk(section) {
  const undo = iconButton("undo", "Undo", "undo", () => perform("undo"));
  const redo = iconButton("redo", "Redo", "redo", () => perform("redo"));
  const reset = el("button.quiet", { type: "button", text: "Reset", title: "All faders that are not locked back to 0 dB", "data-action": "reset", on: { click: () => perform("reset") } });
  const rail = el("div.rail", {});
  section.append(el("header.head", {}, el("h2.unseen", { text: "Desk" }), settings(), el("div.tools", {}, undo, redo, reset)), rail);

  let strips = [];
  let groups = [];
  let built = null;
  const meters = runMeters(() => ({ all: strips, shown: [...strips, ...groups].filter((strip) => strip.root.offsetParent !== null) }));

  subscribe(() => {
    const { table } = state;
    if (!table) {
      built = null;
      return;
    }
    const key = JSON.stringify([state.id, table.groups]);
    if (built !== key) {
      if (built === null) change({ folded: firstFolded(table), solo: new Set(), mute: new Set(), dragged: new Map() });
      built = key;
      strips = table.stems.map((stem, at) => makeStrip(stem.name, at));
      groups = table.groups.filter(({ stems }) => stems.length > 1).map((group) => makeGroup(group, group.stems.map((name) => table.stems.findIndex((stem) => stem.name === name))));
      const held = focused(rail);
      rail.replaceChildren(scale(), ...table.groups.map((group) => bay(group, strips, groups)));
      if (held) refocus(rail, held);
    }
    const blind = state.blind && !state.blind.voted;
    undo.disabled = table.at === 0 || blind;
    redo.disabled = table.at === table.history.length || blind;
    mark(undo, "title", table.at ? `Undo: ${table.history[table.at - 1].said}` : "Undo");
    mark(redo, "title", redo.disabled ? "Redo" : `Redo: ${table.history[table.at].said}`);
    reset.disabled = blind || table.stems.every((stem) => stem.fader_db === 0 || stem.locked);
    section.classList.toggle("blind", Boolean(blind));
    rail.inert = Boolean(blind);
    for (const strip of strips) strip.show();
    for (const group of groups) group.show();
    for (const [i, { role, stems }] of table.groups.entries()) {
      const folded = stems.length > 1 && state.folded.has(role);
      const box = rail.children[i + 1];
      box.classList.toggle("folded", folded);
      mark(box.querySelector(".fold"), "aria-expanded", folded ? "false" : "true");
    }
    const wide = table.groups.reduce((sum, { role, stems }) => sum + (state.folded.has(role) && stems.length > 1 ? 1 : stems.length), 0);
    section.classList.toggle("plain", table.groups.every(({ stems }) => stems.length === 1));
    document.getElementById("board").classList.toggle("few", wide <= BESIDE);
    meters();
  });
}

/** A group's box: its name, where it has more than one stem a button that folds it, and its strips. */
function bay({ role, stems }, strips, groups) {
  const many = stems.length > 1;
  const face = [el("span", { text: capital(role) })];
  const head = many
    ? el("button.fold", { type: "button", "aria-expanded": "true", "data-action": "fold", title: `Fold or open the ${role}`, on: { click: () => fold(role) } }, ...face, el("span.soft", { text: String(stems.length) }), icon("down"))
    : el("p.fold.alone", {}, ...face);
  const box = el("div.bay", { role: "group", "aria-label": capital(role), "data-group": role }, head);
  if (many) box.append(groups.find((group) => group.role === role).root);
  box.append(...strips.filter((_, at) => stems.includes(state.table.stems[at].name)).map((strip) => strip.root));
  return box;
}

/** Which control of the desk has the focus, so that it can be given back. */
function focused(rail) {
  const control = rail.contains(document.activeElement) ? document.activeElement : null;
  const stem = control?.closest("[data-stem]")?.dataset.stem;
  return stem === undefined ? null : { stem, action: control.dataset.action, part: control.dataset.part };
}

function refocus(rail, { stem, action, part }) {
  const strip = [...rail.querySelectorAll("[data-stem]")].find((one) => one.dataset.stem === stem);
  const control = [...(strip?.querySelectorAll("[data-action], [data-part]") ?? [])].find((one) => (action ? one.dataset.action === action : one.dataset.part === part));
  control?.focus({ preventScroll: true });
}

function fold(role) {
  const folded = new Set(state.folded);
  if (!folded.delete(role)) folded.add(role);
  change({ folded });
}

/** Of many stems, the groups in which nothing is to be done yet. */
function firstFolded(table) {
  if (table.stems.length <= MANY) return new Set();
  return new Set(table.groups.filter(({ stems }) => stems.length > 1).map(({ role }) => role));
}

/** Opens the group of a stem, chooses it and brings it into view. */
export function reveal(name) {
  const group = state.table.groups.find(({ stems }) => stems.includes(name));
  if (!group) return;
  const folded = new Set(state.folded);
  folded.delete(group.role);
  change({ folded, selected: name });
  queueMicrotask(() => {
    const strip = [...document.querySelectorAll("[data-stem]")].find((one) => one.dataset.stem === name);
    strip?.scrollIntoView({ block: "nearest", inline: "center" });
    strip?.querySelector(".fader")?.focus({ preventScroll: true });
  });
}

/** The dB at the side of the faders. */
function scale() {
  const marks = TICKS_DB.map((tick) => {
    const one = el("span", { text: signed(tick, 0) });
    one.style.setProperty("--at", place(tick).toFixed(4));
    return one;
  });
  return el("div.scale", { "aria-hidden": "true" }, el("span.unit", { text: "dB" }), el("div.way", {}, ...marks));
}
