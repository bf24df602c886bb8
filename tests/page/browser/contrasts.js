// Texts that are seen, each with its size and its contrast against what is painted behind it, as WCAG 2.2 measures it.
() => {
  const parsed = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((part, i) => part * a + under[i] * (1 - a));
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const above = (element) => (element ? [...above(element.parentElement), element] : []);
  const ground = (element) =>
    above(element).reduce((under, one) => over(parsed(getComputedStyle(one).backgroundColor), under), [255, 255, 255]);
  const unused = ":disabled, [aria-disabled], [inert], .unseen, .skip, noscript, svg, option";
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    const seen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!text || !seen || element.closest(unused)) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    if (color.startsWith("color(")) throw new Error(`A colour that is not measured here: ${color}`);
    const opacity = above(element).reduce((all, one) => all * Number(getComputedStyle(one).opacity), 1);
    const behind = ground(element);
    const [r, g, b, a] = parsed(color);
    const [more, less] = [light(over([r, g, b, a * opacity], behind)), light(behind)].sort((one, other) => other - one);
    const size = parseFloat(fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    found.push({ text: text.slice(0, 40), large, contrast: (more + 0.05) / (less + 0.05) });
  }
  return found;
}
