/** The side panel: the conversation, or the history. */

import { el, mark, say } from "../base/dom.js";
import { state, subscribe } from "../base/store.js";
import { chat } from "./chat.js";
import { history } from "./history.js";

/** Fills it. */
export function side(aside) {
  const panels = { talk: el("div.talk", { role: "tabpanel", id: "talk", "aria-labelledby": "tab-talk" }), past: el("div.past", { role: "tabpanel", id: "past", "aria-labelledby": "tab-past", hidden: true }) };
  const count = el("span.soft", {});
  const tabs = {
    talk: el("button", { type: "button", role: "tab", id: "tab-talk", "aria-controls": "talk", text: "Conversation", "data-action": "tab-talk" }),
    past: el("button", { type: "button", role: "tab", id: "tab-past", "aria-controls": "past", "data-action": "tab-history" }, "History ", count),
  };
  const open = (name) => {
    for (const [one, tab] of Object.entries(tabs)) {
      mark(tab, "aria-selected", one === name ? "true" : "false");
      mark(tab, "tabindex", one === name ? 0 : -1);
      panels[one].hidden = one !== name;
    }
  };
  for (const [name, tab] of Object.entries(tabs)) {
    tab.addEventListener("click", () => open(name));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
      event.preventDefault();
      const other = name === "talk" ? "past" : "talk";
      open(other);
      tabs[other].focus();
    });
  }
  aside.append(el("header.head", {}, el("div.segments", { role: "tablist", "aria-label": "Conversation or history" }, tabs.talk, tabs.past)), panels.talk, panels.past);
  chat(panels.talk);
  history(panels.past);
  open("talk");
  subscribe(() => say(count, state.table?.at ? String(state.table.at) : ""));
}
