/** The strip of one stem: its name and role, its fader and meter, what is suggested, and its buttons. */

import { el, icon, iconButton, mark, say } from "../base/dom.js";
import { db, lufs, percent } from "../base/numbers.js";
import { perform } from "../base/session.js";
import { change, fader, row, state } from "../base/store.js";
import { menu } from "../around/menus.js";
import { makeFader } from "./fader.js";
import { makeMeter } from "./meters.js";
import { chooseRole } from "./role.js";

const AUDIBLE_DB = 1; // a correction below it is left

/** A strip; `at`: which stem of the table it is. */
export function makeStrip(name, at) {
  const title = el("button.name", { type: "button", text: name, title: name, "data-action": "select", on: { click: () => change({ selected: state.selected === name ? null : name }) } });
  const role = chooseRole(name);
  const value = el("output.value", { "aria-hidden": "true", "data-part": "value" });
  const level = el("span.level.soft");
  const moves = (gainDb) => change({ dragged: together(name, gainDb) });
  const control = makeFader(name, moves, () => commit(name));
  const meter = makeMeter();
  const take = el("button.take", { type: "button", "data-action": "take", on: { click: () => perform("apply", { stems: [name] }) } });
  const chance = el("span.chance.soft");
  const solo = toggle("S", `Solo ${name}`, "solo", () => flip("solo", name));
  const mute = toggle("M", `Mute ${name}`, "mute", () => flip("mute", name));
  const lock = iconButton("lock", `Lock ${name}`, "lock", () => perform(row(name).locked ? "unlock" : "lock", { stems: [name] }), "small.toggle");
  const anchor = iconButton("anchor", `Take the level of ${name} as right`, "anchor", () => perform("anchor", row(name).anchor ? {} : { stem: name }), "small.toggle");
  const links = el("div.panel.list");
  const link = menu("button.iconed.small.toggle", icon("link"), `Move ${name} together with others`, "link", links);
  link.button.addEventListener("click", () => fillLinks(links, name));
  const root = el(
    "article.strip",
    { "data-stem": name, "aria-label": name },
    el("header", {}, title, role.root),
    value,
    el("div.way", {}, control.root, meter.root),
    el("div.said", {}, take, chance),
    el("div.buttons", {}, solo, mute, lock, link.root, anchor),
    level,
  );
  root.addEventListener("pointerdown", () => state.selected !== name && state.selected !== null && change({ selected: name }));

  const show = () => {
    const stem = row(name);
    if (!stem) return;
    const gainDb = fader(stem);
    const heard = "action" in stem;
    const way = stem.action === "raise" || stem.action === "lower" ? stem.action : "rest";
    const blind = Boolean(state.blind && !state.blind.voted);
    const fixed = blind ? "not while you listen blind" : stem.silent ? "silent" : stem.locked ? "locked" : null;
    const judged = heard && !stem.silent && stem.action !== "anchor";
    control.show({
      gain_db: gainDb,
      suggested_db: judged ? stem.suggested_db : null,
      low_db: judged ? stem.low_db : null,
      high_db: judged ? stem.high_db : null,
      way,
      fixed,
    });
    role.show(stem);
    say(value, db(gainDb));
    say(level, stem.silent ? "silent" : stem.level_lufs === null ? "" : lufs(stem.level_lufs + gainDb));
    root.classList.toggle("selected", state.selected === name);
    pressed(title, state.selected === name);
    root.classList.toggle("quiet", stem.silent || !(state.solo.size ? state.solo.has(name) : !state.mute.has(name)));
    mark(root, "data-way", way);
    mark(root, "data-action-said", stem.action ?? null);
    suggestion(take, chance, stem, way, gainDb, heard);
    pressed(solo, state.solo.has(name));
    pressed(mute, state.mute.has(name));
    pressed(lock, stem.locked);
    pressed(anchor, stem.anchor);
    pressed(link.button, stem.linked_with.length > 0);
    mark(link.button, "title", stem.linked_with.length ? `Moves with ${stem.linked_with.join(", ")}` : `Move ${name} together with others`);
    mark(lock, "title", stem.locked ? `Unlock ${name}` : `Lock ${name}: nothing moves it`);
    mark(anchor, "title", stem.anchor ? `${name} is the anchor: the others are judged by it` : `Take the level of ${name} as right, and judge the others by it`);
    for (const button of [lock, anchor]) button.disabled = stem.silent && button === anchor;
  };
  return { root, show, meter: meter.show, at: [at] };
}

/** What is suggested, as a button that does it; or why nothing is. */
function suggestion(take, chance, stem, way, gainDb, heard) {
  const there = way !== "rest" && Math.abs(gainDb - stem.suggested_db) < 0.06;
  const moves = heard && way !== "rest" && !there && !stem.locked;
  take.disabled = !moves;
  mark(take, "data-way", way);
  if (!heard) say(take, "\u2026");
  else if (stem.silent) say(take, "silent");
  else if (stem.anchor) say(take, "anchor");
  else if (stem.locked && stem.held_back_db) say(take, `off ${db(stem.held_back_db)}`);
  else if (stem.locked) say(take, "locked");
  else if (way === "rest") say(take, "leave");
  else say(take, there ? "as suggested" : `to ${db(stem.suggested_db)}`);
  mark(take, "aria-label", moves ? `Move ${stem.name} to the suggested ${db(stem.suggested_db)}` : null);
  mark(take, "title", moves ? "Move it to where it is suggested" : null);
  if (!heard || stem.silent || stem.anchor) return say(chance, "\u00a0");
  const left = stem.left_db !== null && Math.abs(gainDb) > 0 && Math.abs(stem.left_db) >= AUDIBLE_DB ? `${db(stem.left_db)} left` : null;
  say(chance, left ?? `chance ${percent(stem.chance)}`);
  mark(chance, "title", left ? "What would still be moved, heard again at the present faders" : "The chance that this stem is off at all");
}

/** Where the faders of a stem, and of all that is linked with it, would be. */
function together(name, gainDb) {
  const stem = row(name);
  const by = gainDb - fader(stem);
  const dragged = new Map(state.dragged);
  dragged.set(name, gainDb);
  for (const other of stem.linked_with) dragged.set(other, fader(row(other)) + by);
  return dragged;
}

/** Tells the server where a fader was put; until it has answered the fader stays where the hand left it. */
export async function commit(name) {
  const stem = row(name);
  if (!stem || !state.dragged.has(name)) return;
  const to = state.dragged.get(name);
  const mine = [name, ...stem.linked_with];
  if (Math.abs(to - stem.fader_db) >= 0.005) await perform("set", { stem: name, gain_db: to });
  if (state.dragged.get(name) !== to) return; // moved again meanwhile
  const dragged = new Map(state.dragged);
  for (const one of mine) dragged.delete(one);
  change({ dragged });
}

function fillLinks(panel, name) {
  const stem = row(name);
  const others = state.table.stems.filter((other) => other.name !== name && !stem.linked_with.includes(other.name));
  const linked = stem.linked_with.length
    ? [el("p.soft.small", { text: `${name} moves with ${stem.linked_with.join(", ")}.` }), el("button", { type: "button", text: "Let it move by itself", "data-action": "unlink", on: { click: () => perform("unlink", { stem: name }) } })]
    : [];
  panel.replaceChildren(
    ...linked,
    el("h3", { text: "Move together with" }),
    ...others.map((other) => el("button.cut", { type: "button", text: other.name, title: other.name, "data-action": "link-with", "data-with": other.name, on: { click: () => perform("link", { stems: [name, other.name] }) } })),
  );
}

function flip(kind, name) {
  const set = new Set(state[kind]);
  if (!set.delete(name)) set.add(name);
  change({ [kind]: set });
}

function toggle(text, label, action, heard) {
  return el(`button.small.toggle.letter`, { type: "button", text, "aria-label": label, title: label, "data-action": action, on: { click: heard } });
}

const pressed = (button, on) => mark(button, "aria-pressed", on ? "true" : "false");
