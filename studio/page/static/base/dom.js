/** Elements, made without markup: every text goes in as text, so that a name can hold anything. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element.
 *
 * @param {string} tag its name, with classes: "button.quiet.small".
 * @param {Object<string, *>} [properties] attributes; `text`; `on`: an object of listeners; a function's name beside.
 * @param {...(Node|string|null|false)} children
 * @returns {HTMLElement}
 */
export function el(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name || "div");
  if (classes.length) made.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") made.textContent = value;
    else if (key === "on") for (const [event, heard] of Object.entries(value)) made.addEventListener(event, heard);
    else if (value === true) made.setAttribute(key, "");
    else made.setAttribute(key, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return made;
}

/** A picture out of the sprite; what it means is said by the element around it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Another picture in place of the one that `svg` shows. */
export function swapIcon(svg, name) {
  const use = svg.firstChild;
  if (use.getAttribute("href") !== `#i-${name}`) use.setAttribute("href", `#i-${name}`);
}

/** A button with an icon and a spoken name. */
export function iconButton(name, label, action, heard, classes = "") {
  const tag = `button.iconed${classes ? `.${classes}` : ""}`;
  return el(tag, { type: "button", "aria-label": label, title: label, "data-action": action, on: { click: heard } }, icon(name));
}

/** Sets a text where it differs, so that nothing is announced or laid out again without need. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute where it differs; null takes it away. */
export function mark(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

/** Whether a key press belongs to a control that types or chooses. */
export function types(target) {
  return target instanceof Element && target.closest("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]") !== null;
}

/** Whether moving pictures are not wanted. */
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
