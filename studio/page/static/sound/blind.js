/** The blind test: X or Y, a vote that is kept, and then which was which. */

import * as api from "../base/api.js";
import { el, mark, say } from "../base/dom.js";
import { note } from "../base/notes.js";
import { printed } from "../base/numbers.js";
import { change, state } from "../base/store.js";
import { beginBlind, endBlind, matchable, vote } from "./compare.js";

const PREFERRED = { none: "You heard no difference.", before: "You preferred the mix as it was before.", after: "You preferred the mix as it is now." };

/** Its button and its panel. */
export function blindTest() {
  const button = el("button.quiet", { type: "button", text: "Blind", "data-action": "blind", on: { click: begin } });
  const hear = (letter) => change({ blind: { ...state.blind, playing: letter } });
  const letters = ["x", "y"].map((letter) => el("button.letter", { type: "button", text: letter.toUpperCase(), "aria-label": `Hear ${letter.toUpperCase()}`, "data-action": `hear-${letter}`, on: { click: () => hear(letter) } }));
  const votes = [["x", "X is better"], ["none", "No difference"], ["y", "Y is better"]].map(([choice, text]) =>
    el("button", { type: "button", text, "data-action": `vote-${choice}`, on: { click: () => cast(choice) } }),
  );
  const asked = el("p", { text: "One is before, one is after, equally loud. Which is better?" });
  const question = el("div.question", {}, asked, el("div.segments.large", {}, ...letters), el("div.ways", {}, ...votes));
  const answer = el("p.answer", { role: "status", "data-part": "blind-answer" });
  const tally = el("p.soft.small", { "data-part": "tally" });
  const learn = el("button", { type: "button", text: "Learn my taste", "data-action": "learn", title: "Where your faders stand against what was suggested becomes an offset for each role", on: { click: learnt } });
  const again = el("button.quiet", { type: "button", text: "Again", "data-action": "blind-again", on: { click: beginBlind } });
  const close = el("button.quiet", { type: "button", text: "Close", "data-action": "blind-close", on: { click: endBlind } });
  const result = el("div.result", {}, answer, tally, el("div.ways", {}, learn, again, close));
  const panel = el("div.riddle", { hidden: true, "data-part": "blind" }, question, result);

  function begin() {
    if (state.blind) return endBlind();
    beginBlind();
    queueMicrotask(() => panel.scrollIntoView({ block: "nearest" }));
  }

  const show = () => {
    const { blind, table } = state;
    const moved = table.stems.some((stem) => Math.abs(stem.fader_db) >= 0.05);
    button.disabled = !blind && (!moved || !matchable());
    mark(button, "aria-pressed", blind ? "true" : "false");
    mark(button, "title", moved ? "Compare without knowing which is which" : "Nothing is moved yet: before and after are the same");
    panel.hidden = !blind;
    if (!blind) return;
    question.hidden = Boolean(blind.voted);
    result.hidden = !blind.voted;
    letters.forEach((letter, i) => mark(letter, "aria-pressed", blind.playing === "xy"[i] ? "true" : "false"));
    if (!blind.voted) return;
    say(answer, PREFERRED[blind.voted]);
    const { votes: kept } = blind;
    const all = kept ? ` All votes so far: ${kept.before} for before, ${kept.after} for after, ${kept.none} for neither.` : "";
    say(tally, `X was ${blind.x}, Y was ${blind.y}.${all}`);
  };
  return { button, panel, show };
}

async function cast(choice) {
  try {
    await vote(choice);
  } catch (error) {
    note(`The vote was not kept. ${error.message}`, "error");
  }
}

async function learnt() {
  try {
    const said = await api.learn(state.id);
    change({ learnt: true });
    note(printed(said.said));
  } catch (error) {
    note(error.message, "error");
  }
}
