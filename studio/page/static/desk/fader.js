/** A fader: a slider in dB that is dragged without a jump, and played from the keyboard. */

import { el, mark } from "../base/dom.js";
import { spoken, tenth } from "../base/numbers.js";
import { bounded, gainAt, LEAST_DB, MOST_DB, place, TICKS_DB } from "./taper.js";

const ROWS = matchMedia("(max-width: 720px)"); // on a phone faders lie
const RESTS_MS = 500; // after the last key
const STEPS_DB = { ArrowUp: 0.5, ArrowRight: 0.5, ArrowDown: -0.5, ArrowLeft: -0.5, PageUp: 3, PageDown: -3 };

/**
 * A fader.
 *
 * @param {string} name of what it moves, as it is spoken.
 * @param {(gainDb: number) => void} moves while it is moved.
 * @param {() => void} rests when it is let go; what it is at then counts.
 * @returns {{root: HTMLElement, show: (now: Object) => void}} show: `gain_db`, `suggested_db`, `low_db`, `high_db` (each
 *   null where there is none), `way` ("raise", "lower" or "rest"), `fixed` (why it does not move, or null).
 */
export function makeFader(name, moves, rests) {
  const range = el("span.range");
  const aim = el("span.aim");
  const cap = el("span.cap");
  const ticks = el("span.ticks", {}, ...TICKS_DB.map((tick) => at(el(`span.tick${tick === 0 ? ".zero" : ""}`), place(tick))));
  const root = el("div.fader", { role: "slider", tabindex: 0, "aria-label": `${name}, fader`, "aria-valuemin": LEAST_DB, "aria-valuemax": MOST_DB, "data-part": "fader" });
  root.append(ticks, el("span.slot"), range, aim, cap);
  let now = { gain_db: 0, suggested_db: null, low_db: null, high_db: null, way: "rest", fixed: null };
  let held = null; // a drag: where it began
  let keyed = 0;

  const go = (gainDb) => {
    const next = tenth(bounded(gainDb));
    if (next !== now.gain_db) moves(next);
  };
  const rest = () => {
    clearTimeout(keyed);
    keyed = 0;
    rests();
  };
  const turn = () => mark(root, "aria-orientation", ROWS.matches ? "horizontal" : "vertical");
  ROWS.addEventListener("change", turn);
  turn();

  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || now.fixed) return;
    const box = root.getBoundingClientRect();
    held = { x: event.clientX, y: event.clientY, share: place(now.gain_db), lies: ROWS.matches, length: ROWS.matches ? box.width : box.height, from_db: now.gain_db };
    root.setPointerCapture(event.pointerId);
    root.classList.add("held");
    root.focus({ preventScroll: true });
    event.preventDefault();
  });
  root.addEventListener("pointermove", (event) => {
    if (!held) return;
    const way = held.lies ? event.clientX - held.x : held.y - event.clientY;
    const fine = event.shiftKey ? 0.2 : 1;
    if (Math.abs(way) < 2 && now.gain_db === held.from_db) return; // a click moves nothing
    go(gainAt(held.share + (fine * way) / held.length));
  });
  const letGo = (event, cancelled) => {
    if (!held) return;
    const from = held.from_db;
    held = null;
    root.classList.remove("held");
    if (cancelled) go(from);
    rest();
  };
  root.addEventListener("pointerup", (event) => letGo(event, false));
  root.addEventListener("pointercancel", (event) => letGo(event, true));
  root.addEventListener("dblclick", () => {
    if (now.fixed) return;
    go(0);
    rest();
  });
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    let to = null;
    if (event.key in STEPS_DB) to = now.gain_db + (event.shiftKey && event.key.startsWith("Arrow") ? Math.sign(STEPS_DB[event.key]) * 0.1 : STEPS_DB[event.key]);
    else if (event.key === "Home") to = 0;
    else if (event.key === "End" && now.suggested_db !== null) to = now.suggested_db;
    else if (event.key === "Escape" && held) return letGo(event, true);
    if (to === null) return;
    event.preventDefault();
    if (now.fixed) return;
    go(to);
    clearTimeout(keyed);
    keyed = setTimeout(rest, RESTS_MS);
  });
  root.addEventListener("blur", () => keyed && rest());

  const show = (next) => {
    now = next;
    const { gain_db, suggested_db, low_db, high_db, way, fixed } = next;
    mark(root, "aria-valuenow", gain_db.toFixed(1));
    const aimed = suggested_db === null || way === "rest" ? "" : `, suggested ${spoken(suggested_db)}`;
    mark(root, "aria-valuetext", spoken(gain_db) + aimed + (fixed ? `, ${fixed}` : ""));
    mark(root, "aria-disabled", fixed ? "true" : null);
    mark(root, "title", fixed);
    mark(root, "data-way", way);
    mark(root, "data-there", suggested_db !== null && way !== "rest" && Math.abs(gain_db - suggested_db) < 0.06 ? "true" : null);
    at(cap, place(gain_db));
    range.hidden = low_db === null;
    aim.hidden = suggested_db === null;
    if (low_db !== null) {
      at(range, place(low_db));
      range.style.setProperty("--to", place(high_db));
    }
    if (suggested_db !== null) at(aim, place(suggested_db));
  };
  return { root, show };
}

function at(element, share) {
  element.style.setProperty("--at", share.toFixed(4));
  return element;
}
