// What is wrong with a page as it is laid out: cut-off or overlapping text, tiny or faint type, words broken in two,
// targets too small to hit, boxes of a picture that overlap or that their text leaves.
const faults = [];
const say = (what, node) => faults.push(`${what}: ${(node.textContent || "").trim().slice(0, 60)}`);
const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = (colour) => { const [r, g, b] = numbers(colour).map(part); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
const within = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
const meet = (a, b, by = 0) => a.left + by < b.right && b.left + by < a.right && a.top + by < b.bottom && b.top + by < a.bottom;
const middle = (a, b) => meet({ left: (a.left + a.right) / 2, right: (a.left + a.right) / 2, top: (a.top + a.bottom) / 2, bottom: (a.top + a.bottom) / 2 }, b);
const shown = (node) => node.checkVisibility();
const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflowX);
const papers = new Map();
const paper = (node) => {
  if (!node) return "rgb(255, 255, 255)";
  if (!papers.has(node)) {
    const own = getComputedStyle(node).backgroundColor;
    const [, , , alpha = 1] = numbers(own);
    papers.set(node, alpha > 0 ? own : paper(node.parentElement));
  }
  return papers.get(node);
};
if (document.body.dataset.folded === "False") document.querySelectorAll("details").forEach((part) => { part.open = true; });
if (document.documentElement.scrollWidth > innerWidth) say("the page scrolls sideways", document.body);

for (const frame of document.querySelectorAll("foreignObject")) {
  const spare = frame.getBoundingClientRect().bottom - frame.firstElementChild.getBoundingClientRect().bottom;
  if (spare < 0 || spare > 60) say(`frame has ${spare} to spare`, frame);
}

for (const card of document.querySelectorAll(".kg-result")) {
  const frame = card.getBoundingClientRect();
  const lines = [];
  if (frame.right > innerWidth) say("wider than the window", card);
  for (const box of card.querySelectorAll("*:not(svg, svg *)"))
    if (box.clientWidth && box.scrollWidth > box.clientWidth + 1 && !scrolls(box)) say("cut off", box);
  for (const target of card.querySelectorAll("summary, a"))
    if (shown(target) && target.getBoundingClientRect().height < 24) say("small target", target);
  const walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
  for (let text; (text = walker.nextNode());) {
    const parent = text.parentElement;
    if (!text.data.trim() || parent.closest("style, svg") || !shown(parent)) continue;
    const style = getComputedStyle(parent);
    if (parseFloat(style.fontSize) < 11) say("tiny", parent);
    if (contrast(style.color, paper(parent)) < 4.5) say("faint", parent);
    const moves = parent.closest(".scroll");
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const at of range.getClientRects()) {
      if (at.width > 1) lines.push([at, parent, moves]);
      if (!moves && (at.right > frame.right + 1 || at.left < frame.left - 1)) say("outside", parent);
    }
    for (const word of text.data.matchAll(/[^\s/-]{2,}/g)) {
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const rows = range.getClientRects();
      // No line is wide enough for a digest of 64 letters.
      if (rows.length > 1 && Math.abs(rows[0].top - rows[rows.length - 1].top) > 3 && word[0].length < 40)
        say(`broken word ${word[0]}`, parent);
    }
  }
  lines.sort(([a], [b]) => a.top - b.top);
  lines.forEach(([a, node, moves], i) => {
    for (let j = i + 1; j < lines.length && lines[j][0].top < a.bottom - 3; j++)
      if (lines[j][2] === moves && meet(a, lines[j][0], 3)) say(`text over "${lines[j][1].textContent.trim().slice(0, 30)}"`, node);
  });
}
for (const picture of document.querySelectorAll("svg.kg-picture")) {
  if (!shown(picture)) continue;
  const place = (node) => [node, node.getBoundingClientRect()];
  const [boxes, marks, texts] = [".kg-box", ".kg-mark", "text"].map((kind) => [...picture.querySelectorAll(kind)].map(place));
  const ground = place(picture.querySelector("rect"));
  for (const alike of [boxes, marks, texts])
    alike.forEach(([node, a], i) => alike.slice(0, i).forEach(([, b]) => { if (meet(a, b, 1)) say("boxes overlap", node); }));
  for (const [node, at] of [...boxes, ...marks]) if (!within(at, ground[1])) say("box leaves the picture", node);
  for (const [text, at] of texts) {
    const [box, room] = [...marks, ...boxes].find(([, place]) => middle(at, place)) || ground;
    if (!within(at, room) || (box === ground[0] && boxes.some(([, other]) => meet(at, other)))) say("text leaves its box", text);
    const style = getComputedStyle(text);
    if (contrast(style.fill, getComputedStyle(box).fill) < 4.5) say("faint", text);
    if (parseFloat(style.fontSize) * text.getScreenCTM().a < 9.9) say("tiny", text);
  }
}
const badges = {};
document.querySelectorAll(".badge[class*=step-]").forEach((badge) => {
  if (!badge.textContent.trim()) say("badge without symbol", badge);
  badges[badge.className.match(/step-\d/)[0]] = light(getComputedStyle(badge).backgroundColor);
});
document.body.dataset.found = JSON.stringify({ faults, badges });
