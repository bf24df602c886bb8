/** The history: every change, and a way back to each. */

import { el, mark } from "../base/dom.js";
import { printed } from "../base/numbers.js";
import { goTo } from "../base/session.js";
import { state, subscribe } from "../base/store.js";

/** Fills the panel of the history. */
export function history(panel) {
  const list = el("ol.history", { "aria-label": "Changes, the latest last" });
  panel.append(list);
  let drawn = "";
  subscribe(() => {
    const { table } = state;
    if (!table) return;
    const key = JSON.stringify([state.id, table.history, table.at, state.busy > 0]);
    if (key === drawn) return;
    drawn = key;
    const rows = [{ said: "As it was opened." }, ...table.history].map((step, at) => {
      const button = el("button", { type: "button", text: printed(step.said), title: at === table.at ? "This is now" : at < table.at ? "Back to here" : "Forward to here", "data-action": "go-to", "data-step": at, on: { click: () => at !== state.table.at && goTo(at) } });
      button.disabled = Boolean(state.blind && !state.blind.voted);
      mark(button, "aria-current", at === table.at ? "step" : null);
      return el(`li${at > table.at ? ".ahead" : ""}`, {}, button);
    });
    const held = list.contains(document.activeElement);
    list.replaceChildren(...rows);
    if (held) rows[table.at].firstChild.focus({ preventScroll: true });
    list.scrollTop = list.scrollHeight;
  });
}
