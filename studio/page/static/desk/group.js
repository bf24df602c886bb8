/** The strip of a folded group: one fader that moves all of its stems by as much. */

import { el, mark, say } from "../base/dom.js";
import { note } from "../base/notes.js";
import { db, signed } from "../base/numbers.js";
import { capital } from "../base/roles.js";
import { goTo, perform } from "../base/session.js";
import { change, fader, row, state } from "../base/store.js";
import { makeFader } from "./fader.js";
import { makeMeter } from "./meters.js";
import { bounded } from "./taper.js";

/** A group's strip; `at`: which stems of the table it holds. */
export function makeGroup({ role, stems }, at) {
  const value = el("output.value", { "aria-hidden": "true" });
  const spread = el("span.soft.small");
  const moving = el("span.take");
  const solo = toggle("S", `Solo the ${role}`, "solo-group", () => flipAll("solo"));
  const mute = toggle("M", `Mute the ${role}`, "mute-group", () => flipAll("mute"));
  const free = () => stems.map(row).filter((stem) => stem && !stem.silent && !stem.locked);
  const middle = () => {
    const all = free().map(fader);
    return all.length ? all.reduce((sum, one) => sum + one, 0) / all.length : 0;
  };
  const control = makeFader(`All ${role}`, move, rest);
  const meter = makeMeter();
  const root = el(
    "article.strip.whole",
    { "data-group-strip": role, "aria-label": `All ${role}` },
    el("header", {}, el("span.name", { text: capital(role) }), el("span.role.soft", { text: `${stems.length} stems` })),
    value,
    el("div.way", {}, control.root, meter.root),
    el("div.said", {}, moving, spread),
    el("div.buttons", {}, solo, mute),
    el("span.level"),
  );

  function move(gainDb) {
    const by = gainDb - middle();
    const dragged = new Map(state.dragged);
    for (const stem of free()) dragged.set(stem.name, bounded(fader(stem) + by));
    change({ dragged });
  }

  async function rest() {
    const moved = free().filter((stem) => state.dragged.has(stem.name));
    if (!moved.length) return;
    const done = new Set();
    const { at: before } = state.table;
    const by = state.dragged.get(moved[0].name) - moved[0].fader_db;
    const work = moved.map((stem) => {
      if (done.has(stem.name)) return null;
      for (const other of [stem.name, ...stem.linked_with]) done.add(other);
      return perform("set", { stem: stem.name, gain_db: state.dragged.get(stem.name) });
    });
    await Promise.all(work);
    if (state.table?.at > before) note(`All ${role}: ${db(by)}.`, "said", () => goTo(before)); // one step a stem, one button
    const dragged = new Map(state.dragged);
    for (const stem of moved) dragged.delete(stem.name);
    change({ dragged });
  }

  function flipAll(kind) {
    const set = new Set(state[kind]);
    const on = stems.every((name) => set.has(name));
    for (const name of stems) on ? set.delete(name) : set.add(name);
    change({ [kind]: set });
  }

  const show = () => {
    const rows = stems.map(row).filter(Boolean);
    if (!rows.length) return;
    const stand = rows.map(fader);
    const [low, high] = [Math.min(...stand), Math.max(...stand)];
    const alike = high - low < 0.05;
    const gainDb = Math.round(middle() * 10) / 10;
    const blind = state.blind && !state.blind.voted;
    const fixed = blind ? "not while you listen blind" : free().length ? null : "locked";
    control.show({ gain_db: gainDb, suggested_db: null, low_db: null, high_db: null, way: "rest", fixed });
    say(value, alike ? db(low) : `${signed(low)} to ${signed(high)}`);
    value.classList.toggle("two", !alike);
    const open = rows.filter((stem) => (stem.action === "raise" || stem.action === "lower") && Math.abs(fader(stem) - stem.suggested_db) > 0.06);
    say(moving, open.length ? `${open.length} to move` : rows[0].action === undefined ? "\u2026" : "leave");
    mark(moving, "data-way", open.length ? open[0].action : "rest");
    say(spread, "\u00a0");
    mark(solo, "aria-pressed", stems.every((name) => state.solo.has(name)) ? "true" : "false");
    mark(mute, "aria-pressed", stems.every((name) => state.mute.has(name)) ? "true" : "false");
  };

  return { root, role, at, show, meter: meter.show };
}

function toggle(text, label, action, heard) {
  return el("button.small.toggle.letter", { type: "button", text, "aria-label": label, title: label, "data-action": action, on: { click: heard } });
}
