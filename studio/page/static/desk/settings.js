/** What the listening is to respect: what is usual, the anchor, and how much of a correction is suggested. */

import * as api from "../base/api.js";
import { el, icon, mark, say } from "../base/dom.js";
import { note } from "../base/notes.js";
import { printed } from "../base/numbers.js";
import { capital } from "../base/roles.js";
import { ask, perform } from "../base/session.js";
import { change, state, subscribe } from "../base/store.js";
import { menu } from "../around/menus.js";
import { checked, chosen } from "../around/files.js";

/** The row of settings. */
export function settings() {
  const face = el("span.cut", {});
  const panel = el("div.panel.list.usual");
  const usual = menu("button.choice", el("span.face", {}, face, icon("down")), "What the song is judged by", "usual", panel);
  const anchor = el("select.choice", { "aria-label": "Anchor: the stem whose level is right", "data-action": "anchor-choice", on: { change: () => perform("anchor", anchor.value ? { stem: anchor.value } : {}) } });
  const strength = el("input", { type: "range", min: 0, max: 100, step: 5, "aria-label": "Strength", "data-action": "strength" });
  const percent = el("output.soft", {});
  const like = picker("like", "Songs to judge by", (files) => send(api.like, files));
  const reference = picker("reference", "A mix of this song", (files) => send(api.reference, files));
  strength.addEventListener("input", () => say(percent, `${strength.value}\u00a0%`));
  strength.addEventListener("change", () => perform("strength", { percent: Number(strength.value) }));

  let filled = null;
  let listed = null;
  subscribe(() => {
    const { table, info } = state;
    if (!table || !info) return;
    say(face, judgedBy(table));
    mark(usual.button, "aria-label", `Judged by ${judgedBy(table)}`);
    const learnt = info.usual_learnt || state.learnt;
    const key = JSON.stringify([table.usual, table.reference, learnt]);
    if (filled !== key) {
      filled = key;
      panel.replaceChildren(...choices(table, info, learnt, like, reference));
    }
    const names = JSON.stringify(table.stems.map((stem) => [stem.name, stem.silent]));
    if (listed !== names) {
      listed = names;
      anchor.replaceChildren(el("option", { value: "", text: "none" }), ...table.stems.filter((stem) => !stem.silent).map((stem) => el("option", { value: stem.name, text: stem.name })));
    }
    anchor.value = table.anchor ?? "";
    if (document.activeElement !== strength) {
      strength.value = table.strength_percent;
      say(percent, `${Math.round(table.strength_percent)}\u00a0%`);
    }
    mark(strength, "aria-valuetext", `${Math.round(strength.value)} per cent`);
    const blind = Boolean(state.blind && !state.blind.voted);
    for (const control of [anchor, strength, usual.button]) control.disabled = blind;
  });
  const part = (label, ...controls) => el("div.setting", {}, el("span.label", { text: label, "aria-hidden": "true" }), ...controls);
  return el("div.settings", {}, part("Judged by", usual.root), part("Anchor", anchor), part("Strength", strength, percent), like, reference);
}

/** By what a song is judged, in a few words. */
function judgedBy(table) {
  if (table.reference) return "a mix of it";
  if (table.usual.genre) return table.usual.genre;
  if (table.usual.like?.length) return "songs like this";
  if (table.usual.file) return "my taste";
  return "all music";
}

function choices(table, info, learnt, like, reference) {
  const now = judgedBy(table);
  const one = (text, name, heard, extra = {}) => el("button", { type: "button", text, "aria-pressed": now === name ? "true" : "false", on: { click: heard }, ...extra });
  const by = async (args) => {
    if (table.reference) await send(api.unmatch); // what is usual counts only where the console listens
    if (!table.reference || Object.keys(args).length || table.usual.genre || table.usual.file || table.usual.like?.length) perform("usual", args);
  };
  return [
    one("All music", "all music", () => by({}), { "data-action": "all-music" }),
    el("div.genres", {}, ...info.genres.map((genre) => one(capital(genre), genre, () => by({ genre }), { "data-action": "genre", "data-genre": genre }))),
    one("Songs like this \u2026", "songs like this", () => like.click(), { "data-action": "like", title: "Stems of a finished song, or its advice.json" }),
    one("A mix of this song \u2026", "a mix of it", () => reference.click(), { "data-action": "reference", title: "A rough mix, or the record: the faders go where it has them" }),
    learnt && one("My taste", "my taste", () => send(api.judgeByLearnt), { "data-action": "my-taste", title: "What was learnt from what you decided" }),
  ].filter(Boolean);
}

function picker(kind, label, heard) {
  const input = el("input.unseen", { type: "file", multiple: kind === "like", tabindex: -1, "aria-hidden": "true", "aria-label": label, "data-input": kind });
  input.addEventListener("change", () => {
    heard(chosen(input.files));
    input.value = "";
  });
  return input;
}

async function send(request, files = null) {
  try {
    if (files) checked(files, state.info?.limits);
    const said = await ask((id) => request(id, files, () => {}));
    if (said?.outcome) {
      change({ last: said.outcome });
      note(printed(said.outcome.said));
    }
  } catch (error) {
    note(error.message, "error");
  }
}
