/** A canvas that is as sharp as the screen, and the page's colours for it. */

const MOST_RATIO = 3;

/**
 * Sizes a canvas to its box.
 *
 * @param {HTMLCanvasElement} canvas
 * @returns {?{g: CanvasRenderingContext2D, width: number, height: number}} to draw on in CSS pixels, cleared; null where
 *   nothing is seen of it.
 */
export function prepared(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  if (width < 2 || height < 2) return null;
  const ratio = Math.min(devicePixelRatio || 1, MOST_RATIO);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, height);
  g.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  return { g, width, height };
}

/** The page's colours as they are now. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"), soft: of("soft"), muted: of("muted"), faint: of("faint"), line: of("line"), paper: of("paper"), card: of("card"), raise: of("raise"), lower: of("lower"),
    role: { vocals: of("vocals"), drums: of("drums"), bass: of("bass"), other: of("other") },
  };
}

/** Draws again when the box or the theme changes, at most once a picture. */
export function redrawn(canvas, draw) {
  let due = 0;
  const soon = () => {
    if (due) return;
    due = requestAnimationFrame(() => {
      due = 0;
      draw();
    });
  };
  new ResizeObserver(soon).observe(canvas);
  document.addEventListener("theme", soon);
  return soon;
}

/** A text cut to a width. */
export function fitted(g, text, room) {
  if (g.measureText(text).width <= room) return text;
  let end = text.length;
  while (end > 1 && g.measureText(`${text.slice(0, end)}\u2026`).width > room) end -= 1;
  return `${text.slice(0, end)}\u2026`;
}

/** Dash patterns that tell stems of one role apart. */
export const DASHES = [[], [5, 3], [1.5, 2.5], [8, 3, 1.5, 3]];
