/** The conversation: what is typed, what came of it, each step with its own undo. */

import * as api from "../base/api.js";
import { el, icon, mark } from "../base/dom.js";
import { ask, perform } from "../base/session.js";
import { state, subscribe } from "../base/store.js";
import { linked } from "./linked.js";
import { offerButton } from "./offers.js";
import { placed, stepRow } from "./steps.js";

const MOST_CHARACTERS = 1000;
const MOST_ENTRIES = 200;
const UNVERIFIED = "Not held against the numbers: take it with care.";

/** Fills the panel of the conversation. */
export function chat(panel) {
  const log = el("div.log", { role: "log", "aria-live": "polite", "aria-label": "Conversation", tabindex: 0, "data-part": "log" });
  const hints = el("div.hints", { "data-part": "examples" });
  const input = el("textarea", { rows: 1, maxlength: MOST_CHARACTERS, "aria-label": "Ask, or say what to do", placeholder: "Ask, or say what to do", "data-action": "say" });
  const go = el("button.primary.iconed", { type: "submit", "aria-label": "Send", title: "Send", "data-action": "send" }, icon("send"));
  const form = el("form", {}, input, go);
  panel.append(log, hints, form);

  let session = null;
  let waits = false;
  const add = (entry) => {
    log.append(entry);
    while (log.children.length > MOST_ENTRIES) log.firstChild.remove();
    log.scrollTop = log.scrollHeight;
    if (panel.contains(document.activeElement)) form.scrollIntoView({ block: "nearest" });
    return entry;
  };

  const say = async (text) => {
    if (waits || !text || !state.id) return;
    waits = true;
    mark(go, "aria-disabled", "true");
    add(el("p.you", { text }));
    const waiting = add(el("p.it.waiting", { text: "\u2026", "aria-label": "Waiting for the answer" }));
    try {
      const said = await ask((id) => api.chat(id, text));
      waiting.remove();
      if (said) add(entryOf(said.reply, said.table));
    } catch (error) {
      waiting.remove();
      add(el("p.it.trouble", { role: "alert", text: error.message }));
    }
    waits = false;
    mark(go, "aria-disabled", null);
  };
  const take = async (operation, args) => {
    const outcome = await perform(operation, args, { told: (message) => add(el("p.it.trouble", { role: "alert", text: message })) });
    if (outcome) add(entryOf({ said: outcome.said, verified: true, steps: [outcome], offers: outcome.offers }, state.table));
  };
  const entryOf = (reply, table) => {
    const entry = el("div.it", { "data-verified": reply.verified ? "true" : "false" });
    const only = reply.steps.length === 1 && reply.steps[0].said === reply.said;
    entry.append(el("p", {}, ...linked(reply.said)));
    if (!reply.verified) entry.append(el("p.unverified.small", { text: UNVERIFIED }));
    const places = placed(reply.steps, table);
    const rows = reply.steps.map((step, i) => (places[i] === null && only ? null : stepRow(step, places[i], only))).filter(Boolean);
    if (rows.length) entry.append(el(only ? "ul.steps.bare" : "ul.steps", {}, ...rows));
    if (reply.offers.length) entry.append(el("div.offers", {}, ...reply.offers.map(([operation, args]) => offerButton(operation, args, take))));
    return entry;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (waits || !text) return;
    input.value = "";
    grow();
    say(text);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  const grow = () => {
    input.style.height = "auto";
    input.style.height = `${Math.min(120, input.scrollHeight)}px`;
  };
  input.addEventListener("input", grow);

  subscribe(() => {
    const { id, table } = state;
    if (!table?.advice || id === session) return;
    session = id;
    log.replaceChildren(el("p.it.first", { text: "Ask why, say what to move, or what to judge by." }));
    hints.replaceChildren();
    api.examples(id).then(
      (examples) => state.id === id && hints.replaceChildren(...examples.slice(0, 6).map((text) => el("button.small", { type: "button", text, "data-action": "example", on: { click: () => say(text) } }))),
      () => {},
    );
  });
}
