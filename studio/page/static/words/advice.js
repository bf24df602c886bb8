/** The advice: the one main problem with its reasons, and what to do about it; the rest below; the text on demand. */

import { el, icon, mark, say } from "../base/dom.js";
import { note } from "../base/notes.js";
import { db, lufs, percent, printed, signed } from "../base/numbers.js";
import { perform } from "../base/session.js";
import { change, state, subscribe } from "../base/store.js";
import { waitingFor } from "../around/welcome.js";
import { linked, show } from "./linked.js";
import { because } from "./reasons.js";

const STYLES = [["short", "Short"], ["full", "Full"], ["plain", "Plain"]];
const SOURCES = { model: "Written by the explainer, verified against the numbers.", phrases: "From the phrase bank, verified against the numbers.", mixed: "By the explainer and the phrase bank, verified against the numbers." };
const SENTENCES = /(?<=[.!?]) (?=[A-Z\u201c])/;
const LISTENING = new Set(["open", "analyse"]);
const AUDIBLE_DB = 1;
const MOST_REASONS = 2; // beside the headline; the text says all
const FEW = 3; // further moves that are shown at once

/** Fills the section of the advice. */
export function advice(section) {
  const step = el("p.step", { role: "status", "data-part": "step" });
  const headline = el("h2.headline", { "data-part": "headline", "aria-live": "polite" });
  const more = el("p.notes", { "data-part": "notes" });
  const sure = el("p.sure", {});
  const why = el("ul.why", { "data-part": "reasons" });
  const apply = el("button.primary.large", { type: "button", "data-action": "apply", on: { click: () => perform("apply") } }, el("span", { text: "Apply" }));
  const remains = el("span", {});
  const done = el("p.done", { role: "status", "data-part": "left" }, icon("check"), remains);
  const rest = el("div.rest", { "data-part": "rest" });
  const words = el("div.text", { "data-part": "text", hidden: true });
  const opener = el("button.quiet", { type: "button", "aria-expanded": "false", "data-action": "words", on: { click: turnWords } }, el("span", { text: "In words" }), icon("down"));
  const truth = el("button.quiet", { type: "button", text: "What was wrong?", title: "One stem of this song was turned before it was opened", "data-action": "truth", hidden: true, on: { click: reveal } });
  const styles = STYLES.map(([style, text]) => el("button", { type: "button", text, "data-action": `explain-${style}`, on: { click: () => explain(style) } }));
  const text = el("p.prose", {});
  const by = el("p.soft.small", {});
  words.append(el("div.segments", { role: "group", "aria-label": "How much it says" }, ...styles), text, by);
  section.append(
    el("div.main", {}, el("div.told", {}, step, headline, more, sure, why, done), el("div.act", {}, apply, el("div.ways", {}, truth, opener))),
    words,
    rest,
  );

  function turnWords() {
    words.hidden = !words.hidden;
    mark(opener, "aria-expanded", words.hidden ? "false" : "true");
    if (!words.hidden && !state.text) explain("full");
  }

  let drawn = "";
  let shownText = null;
  let all = false; // of the further moves are shown
  let told = false; // an advice was, of this song
  subscribe(() => {
    const { table, job } = state;
    if (!table) {
      drawn = "";
      told = false;
      for (const part of [headline, more, why, sure, rest]) part.replaceChildren();
      return;
    }
    const given = table.advice;
    const working = !given && !state.unjudged;
    const listens = working || (job && LISTENING.has(job.operation));
    const first = working && !told;
    told ||= !working;
    section.classList.toggle("working", Boolean(listens));
    mark(section, "data-state", !given ? (state.unjudged ? "unjudged" : "listening") : given.still ? "still" : toMove(table).length ? "advice" : "applied");
    say(step, listens ? waits(job, first) : kicker(table));
    if (first) say(headline, `${job?.step ?? "Listening"} \u2026`);
    const main = mainStem(table);
    const key = JSON.stringify([table.stems, given, state.unjudged, all]);
    if (key !== drawn) {
      const [fault, ...notes] = given ? given.headline.split(SENTENCES) : [];
      if (given) {
        headline.replaceChildren(...linked(fault));
        more.replaceChildren(...linked(notes.join(" ")));
      }
      if (!given && state.unjudged) {
        headline.replaceChildren(printed(state.unjudged));
        more.replaceChildren();
      }
    }
    if (key !== drawn && !working) { // while it listens again, what was said before stays
      why.replaceChildren(...(main?.reasons ?? []).slice(0, MOST_REASONS).map((reason) => because(main.name, reason)));
      sure.replaceChildren(...(main ? certainty(main, given) : []));
      rest.replaceChildren(...others(table, main, all, () => {
        all = !all;
        change({});
      }));
    }
    drawn = key;
    applying(apply, table);
    say(remains, left(table));
    done.classList.toggle("empty", !remains.textContent);
    done.classList.toggle("clear", remaining(table)?.length === 0);
    section.classList.toggle("moved", Boolean(remains.textContent));
    if (state.text !== shownText) {
      shownText = state.text;
      if (shownText) text.replaceChildren(...linked(shownText.text));
      say(by, shownText ? (SOURCES[shownText.source] ?? "") : "");
      styles.forEach((button, i) => mark(button, "aria-pressed", shownText?.style === STYLES[i][0] ? "true" : "false"));
    }
    opener.disabled = !given;
    truth.hidden = !state.demo || !given;
  });
}

/** What was done to the song to try. */
function reveal() {
  const { stem, flaw_db } = state.demo;
  note(`Before it was opened, ${stem} was turned ${flaw_db > 0 ? "up" : "down"} ${Math.abs(flaw_db).toFixed(1)} dB.`);
}

async function explain(style) {
  const outcome = await perform("explain", { style });
  if (outcome) change({ text: { style, text: outcome.said, source: outcome.data.source ?? null } });
}

/** What is done just now, and what is before it; the step itself is the headline where nothing was told before. */
const waits = (job, first) => [first ? "" : (job?.step ?? ""), waitingFor(job)].filter(Boolean).join(". ") || "One moment";

/** What stands over the headline. */
function kicker(table) {
  if (!table.advice) return "No advice";
  if (table.advice.still) return "Balance";
  return table.advice.moving.length > 1 ? "Main problem first" : "Main problem";
}

/** The stem whose fader is most worth moving. */
function mainStem(table) {
  if (!table.advice || table.advice.still) return null;
  const moving = table.stems.filter((stem) => table.advice.moving.includes(stem.name));
  return moving.sort((a, b) => weight(b) - weight(a))[0] ?? null;
}

const weight = (stem) => Math.abs(stem.suggested_db) * stem.chance;

/** How sure it is, and what the range is. */
function certainty(stem, given) {
  const range = `${signed(stem.low_db)} to ${db(stem.high_db)}`;
  const word = { sure: "Sure", likely: "Likely", unsure: "Unsure" }[stem.confidence] ?? "";
  const taste = given.taste.includes(stem.name) ? ["; engineers differ by as much"] : [];
  return [
    el("span.tag", { "data-confidence": stem.confidence, text: word }),
    ` ${stem.name}: a chance of `,
    pointer(percent(stem.chance), stem.name, "the chance that it is off"),
    state.table.reference ? " that it differs, and a range of " : " that it is off, and a range of ",
    pointer(range, stem.name, "the range that holds the right correction 8 times in 10"),
    ...taste,
  ];
}

function pointer(text, stem, title) {
  return el("button.figure", { type: "button", text, title: `${title}: show it on the desk`, "data-action": "figure", "data-shows": "desk", on: { click: () => show({ stem }) } });
}

/** Further moves, and what is left alone. */
function others(table, main, all, turn) {
  if (!table.advice || !main) return [];
  const more = table.stems.filter((stem) => table.advice.moving.includes(stem.name) && stem !== main).sort((a, b) => weight(b) - weight(a));
  const rows = (all ? more : more.slice(0, FEW)).map((stem) => {
    const reason = stem.reasons[0] ? because(stem.name, stem.reasons[0]) : el("li", {});
    return el(
      "li",
      { "data-more": stem.name },
      el("button.stem.cut", { type: "button", text: stem.name, title: stem.name, "data-action": "figure", on: { click: () => show({ stem: stem.name }) } }),
      el("span.move", { text: db(stem.suggested_db), "data-way": stem.action }),
      el("span.soft", { text: percent(stem.chance) }),
      el("span.soft.why-short", {}, ...reason.childNodes),
    );
  });
  const parts = rows.length ? [el("h3", { text: "Then" }), el("ul.moves", {}, ...rows)] : [];
  if (more.length > FEW) parts.push(el("button.quiet.small", { type: "button", text: all ? "Fewer" : `${more.length - FEW} more`, "data-action": "more-moves", on: { click: turn } }));
  return parts;
}

/** The stems whose faders do not stand where they are suggested. */
const toMove = (table) => table.stems.filter((stem) => ["raise", "lower"].includes(stem.action) && !stem.locked && Math.abs(stem.fader_db - stem.suggested_db) >= 0.06);

/** What "Apply" would do now. */
function applying(button, table) {
  const open = toMove(table);
  const moving = table.stems.some((stem) => ["raise", "lower"].includes(stem.action));
  const blind = state.blind && !state.blind.voted;
  button.disabled = !open.length || Boolean(blind);
  const label = !table.advice ? "Apply" : !moving ? "Nothing to apply" : open.length ? "Apply" : "Applied";
  say(button.firstChild, label);
  button.classList.toggle("idle", Boolean(table.advice) && !moving);
  mark(button, "title", open.length ? `Move ${open.length === 1 ? "one fader" : `${open.length} faders`} to where suggested` : null);
}

/** What the console would still move at the present faders; null where it was not asked. */
function remaining(table) {
  const known = table.stems.filter((stem) => stem.left_db !== null);
  return known.length ? known.filter((stem) => Math.abs(stem.left_db) >= AUDIBLE_DB && !stem.anchor) : null;
}

/** What is left at the present faders, where it was heard again. */
function left(table) {
  if (!table.advice || table.stems.every((stem) => stem.fader_db === 0)) return "";
  if (!table.mix) return state.measuring || state.job ? "Listening again \u2026" : "";
  const level = `The mix is at ${lufs(table.mix.loudness_lufs)} and peaks at ${signed(table.mix.true_peak_dbtp)}\u00a0dBTP.`;
  const off = remaining(table);
  if (!off) return level;
  return `${off.length ? `Heard again, I would still move ${off.map((stem) => `${stem.name} ${db(stem.left_db)}`).join(", ")}.` : "Heard again, I would move nothing more."} ${level}`;
}
