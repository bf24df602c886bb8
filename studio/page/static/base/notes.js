/** Short notes at the foot of the page: what was done, and what went wrong. */

import { el, iconButton } from "./dom.js";
import { printed } from "./numbers.js";

const SHOWN_MS = { said: 5000, error: 12000 };
const MOST = 3;

/**
 * Shows a sentence for a while.
 *
 * @param {string} text
 * @param {"said"|"error"} [kind] an error stays longer and interrupts a screen reader.
 * @returns {() => void} takes the note away.
 */
export function note(text, kind = "said") {
  const place = document.getElementById("notes");
  for (const old of [...place.children]) if (old.dataset.text === text) old.remove();
  const shown = el("div.note", { "data-kind": kind, "data-text": text, role: kind === "error" ? "alert" : null }, el("p", { text: printed(text) }));
  const gone = () => shown.remove();
  shown.append(iconButton("close", "Dismiss", "dismiss", gone, "small"));
  place.append(shown);
  while (place.children.length > MOST) place.firstChild.remove();
  setTimeout(gone, SHOWN_MS[kind]);
  return gone;
}
