/** Menus that open below a button, and a question before what cannot be undone. */

import { el, mark } from "../base/dom.js";

let opened = null;

/**
 * A button with a panel that it opens.
 *
 * @param {string} tag the button, as of `el`.
 * @param {Node|string} face what it shows.
 * @param {string} label its spoken name, where it shows no text, and what is told of it.
 * @param {string} action its `data-action`.
 * @param {HTMLElement} panel
 * @returns {{root: HTMLElement, button: HTMLElement, close: () => void}}
 */
export function menu(tag, face, label, action, panel) {
  const button = el(tag, { type: "button", "aria-label": face instanceof SVGElement ? label : null, title: label, "aria-expanded": "false", "aria-haspopup": "true", "data-action": action }, face);
  const root = el("div.menu", {}, button, panel);
  panel.hidden = true;
  const close = (focus = false) => {
    if (panel.hidden) return;
    panel.hidden = true;
    mark(button, "aria-expanded", "false");
    if (opened === close) opened = null;
    if (focus) button.focus();
  };
  button.addEventListener("click", () => {
    if (!panel.hidden) return close();
    opened?.();
    panel.hidden = false;
    mark(button, "aria-expanded", "true");
    opened = close;
    place(panel);
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close(true);
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event, panel);
  });
  root.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !root.contains(event.relatedTarget)) close();
  });
  panel.addEventListener("click", (event) => event.target.closest("button, a") && close(true));
  return { root, button, panel, close };
}

addEventListener("pointerdown", (event) => {
  if (opened && !event.target.closest?.(".menu")) opened();
});

/** Keeps a panel inside the window. */
function place(panel) {
  panel.classList.remove("leftwards");
  if (panel.getBoundingClientRect().right > innerWidth - 8) panel.classList.add("leftwards");
}

function step(event, panel) {
  const items = [...panel.querySelectorAll("button, a")].filter((item) => !item.disabled);
  if (panel.hidden || !items.length || event.target.closest("input, select")) return;
  event.preventDefault();
  const at = items.indexOf(document.activeElement);
  const next = event.key === "ArrowDown" ? at + 1 : at <= 0 ? items.length - 1 : at - 1;
  items[next % items.length].focus();
}

/** Asks before something that cannot be undone. */
export function confirm(title, text, yes) {
  const no = el("button", { type: "button", text: "Keep it", "data-action": "keep" });
  const go = el("button.danger.solid", { type: "button", text: yes, "data-action": "confirm" });
  const dialog = el("dialog", { "aria-label": title }, el("h2", { text: title }), el("p", { text }), el("div.ways", {}, no, go));
  document.body.append(dialog);
  return new Promise((resolve) => {
    const end = (sure) => {
      dialog.remove();
      resolve(sure);
    };
    no.addEventListener("click", () => end(false));
    go.addEventListener("click", () => end(true));
    dialog.addEventListener("cancel", () => end(false));
    dialog.showModal();
  });
}
