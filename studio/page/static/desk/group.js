/** The strip of a folded group: one fader that moves all of its stems by as much. */

import { el, mark, say } from "../base/dom.js";
import { db, signed } from "../base/numbers.js";
import { capital } from "../base/roles.js";
import { perform } from "../base/session.js";
import { change, fader, row, state } from "../base/store.js";
import { makeFader } from "./fader.js";
import { makeMeter } from "./meters.js";
import { LEAST_DB, MOST_DB } from "./taper.js";

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
  const control = makeFader(`All ${role}`, move, () => rest());
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
    const rows = free();
    const stand = rows.map((stem) => stem.fader_db);
    const from = stand.reduce((sum, one) => sum + one, 0) / stand.length;
    // As far as the first of them comes, so that they stay as they are to each other.
    const by = Math.min(MOST_DB - Math.max(...stand), Math.max(LEAST_DB - Math.min(...stand), gainDb - from));
    const dragged = new Map(state.dragged);
    for (const stem of rows) dragged.set(stem.name, stem.fader_db + by);
    change({ dragged });
  }

  let told = Promise.resolve();
  const rest = () => (told = told.then(tell)); // by how much is known once the last move is answered

  async function tell() {
    const moved = free().filter((stem) => state.dragged.has(stem.name));
    if (!moved.length) return;
    const to = new Map(moved.map(({ name }) => [name, state.dragged.get(name)]));
    const by = to.get(moved[0].name) - moved[0].fader_db;
    if (Math.abs(by) >= 0.005) await perform("shift", { stems: [...to.keys()], by_db: by });
    const dragged = new Map(state.dragged);
    for (const [name, gainDb] of to) if (dragged.get(name) === gainDb) dragged.delete(name); // else moved again meanwhile
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
