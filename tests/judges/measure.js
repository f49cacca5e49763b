// What is wrong with the page as it is laid out: cut-off text, overlap, tiny type, faint type, words broken in two.
const faults = [];
const say = (what, node) => faults.push(`${what}: ${(node.textContent || "").trim().slice(0, 60)}`);
const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = (colour) => { const [r, g, b] = numbers(colour).map(part); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
const within = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
const paper = (node) => {
  for (; node; node = node.parentElement) {
    const [, , , alpha = 1] = numbers(getComputedStyle(node).backgroundColor);
    if (alpha > 0) return getComputedStyle(node).backgroundColor;
  }
  return "rgb(255, 255, 255)";
};
if (document.body.dataset.folded === "False") document.querySelectorAll("details").forEach((part) => { part.open = true; });

for (const frame of document.querySelectorAll("foreignObject")) {
  const spare = frame.getBoundingClientRect().bottom - frame.firstElementChild.getBoundingClientRect().bottom;
  if (spare < 0 || spare > 60) say(`frame has ${spare} to spare`, frame);
}

for (const card of document.querySelectorAll(".kg-result")) {
  const frame = card.getBoundingClientRect();
  if (frame.right > innerWidth) say("wider than the window", card);
  for (const box of card.querySelectorAll("*"))
    if (box.clientWidth && box.scrollWidth > box.clientWidth + 1) say("cut off", box);
  const walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
  for (let text; (text = walker.nextNode());) {
    const parent = text.parentElement;
    if (!text.data.trim() || parent.closest("style, svg") || !parent.getClientRects().length) continue;
    const style = getComputedStyle(parent);
    if (parseFloat(style.fontSize) < 11) say("tiny", parent);
    if (contrast(style.color, paper(parent)) < 4.5) say("faint", parent);
    for (const word of text.data.matchAll(/[^\s/-]+/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map((line) => Math.round(line.top)));
      // No line is wide enough for a digest of 64 letters.
      if (lines.size > 1 && word[0].length < 40) say(`broken word ${word[0]}`, parent);
      const at = range.getBoundingClientRect();
      if (at.right > frame.right + 1 || at.left < frame.left - 1) say("outside", parent);
    }
  }
}
for (const picture of document.querySelectorAll("svg.kg-pathway")) {
  const boxes = [...picture.querySelectorAll("rect")];
  const places = boxes.map((box) => box.getBoundingClientRect());
  places.forEach((a, i) => places.slice(0, i).forEach((b) => { if (meet(a, b)) say("boxes overlap", picture); }));
  for (const text of picture.querySelectorAll("text")) {
    const at = text.getBoundingClientRect();
    const box = boxes[places.findIndex((place) => within(at, place))];
    if (!box) say("text leaves its box", text);
    else if (contrast(getComputedStyle(text).fill, getComputedStyle(box).fill) < 4.5) say("faint", text);
    if (parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a < 10) say("tiny", text);
  }
  if (picture.getBoundingClientRect().height > 1080) say("higher than a screen", picture);
}
const badges = {};
document.querySelectorAll(".badge[class*=step-]").forEach((badge) => {
  if (!badge.textContent.trim()) say("badge without symbol", badge);
  badges[badge.className.match(/step-\d/)[0]] = light(getComputedStyle(badge).backgroundColor);
});
document.body.dataset.faults = JSON.stringify(faults);
document.body.dataset.badges = JSON.stringify(badges);
