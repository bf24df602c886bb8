/** The report's chapters, as the server words them: facts, tables, sentences. */

import { el } from "../base/dom.js";
import { percent, printed } from "../base/numbers.js";

const UNSURE = 0.6; // a confidence below which an estimate may well be wrong

const WIDE = 6; // columns of a table that needs the whole width

/** All of a report. */
export function chapters({ chapters: all, missing, methods }) {
  return [
    ...all.map((chapter) => el("section.chapter", { "data-wide": chapter.grids.some(({ heads }) => heads.length > WIDE) }, el("h3.chapter-title", { text: chapter.title }), facts(chapter.facts), ...chapter.grids.map(table), list(chapter.said))),
    missing.length ? el("section.chapter", {}, el("h3.chapter-title", { text: "Not told" }), list(missing)) : null,
    el("details.chapter", {}, el("summary", { text: "Heard by" }), el("dl.methods", {}, ...methods.flatMap(([name, method]) => [el("dt", { text: name }), el("dd", { text: method })]))),
  ].filter(Boolean);
}

function facts(all) {
  if (!all.length) return null;
  return el("dl.music-facts", {}, ...all.map((fact) => el("div", {}, el("dt", { text: fact.name }), el("dd", {}, el("span", { text: printed(fact.value) }), ...beside(fact)))));
}

function beside({ note, confidence }) {
  const parts = [];
  if (note) parts.push(el("small.soft", { text: printed(note) }));
  if (confidence !== null) parts.push(el("small", { "data-sure": confidence < UNSURE ? "little" : "much", text: `${percent(confidence)} sure${confidence < UNSURE ? "; it may well be wrong" : ""}` }));
  return parts;
}

function table({ name, heads, rows, numbers }) {
  const kind = (at) => (numbers.includes(at) ? ".number" : "");
  return el(
    "div.grid",
    { tabindex: 0, role: "group", "aria-label": name },
    el(
      "table",
      {},
      el("caption", { text: name }),
      el("thead", {}, el("tr", {}, ...heads.map((head, at) => el(`th${kind(at)}`, { scope: "col", text: head })))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell, at) => el(`td${kind(at)}`, { text: printed(cell) }))))),
    ),
  );
}

function list(said) {
  return said.length ? el("ul.music-said", {}, ...said.map((sentence) => el("li", { text: printed(sentence) }))) : null;
}
