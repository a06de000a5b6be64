/**
 * Ticker: a strip at the foot of other content, in which the posts pass by at reading speed.
 *
 * A new post comes next, then whoever passed longest ago, one behind the other without an end. Where
 * nothing may move they stand one after another, a long one in pieces.
 */

import { make, tell } from "../cards.js";
import { empty, group, stand, told } from "../setting.js";
import { readingTime } from "../turns.js";
import { word } from "../words.js";

const SPEED = 5.5; // em a second: about eleven characters, which a room can follow
const TYPE = 0.42; // of the height of the strip
const AHEAD = 0.45; // of the way, for the first one: a strip does not begin empty
const MOST_ITEMS = 40; // on the strip at once
const RIGHT_TO_LEFT = /^(ar|fa|he|ur|ps|yi|dv|ckb)\b/;

const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const strips = new WeakMap(); // body -> {items, last, until, pieces}
const passed = new Map(); // id -> its turn; kept while another scene stands

export function draw(stage, context) {
  const { cards, scene } = context;
  if (!cards.length) return clear(stage);
  const mirrored = RIGHT_TO_LEFT.test(scene.language);
  const body = stand(stage, context, [stillness.matches, mirrored], (box) => {
    const node = group("div", "strip");
    box.append(node);
    node.setAttribute("role", "marquee");
    node.style.fontSize = `${Math.max(node.clientHeight * TYPE, context.stage.least)}px`;
    strips.set(box, { node, mirrored, items: new Set(), last: null, pieces: [], until: 0 });
  });
  const strip = strips.get(body);
  dropGone(strip, cards);
  const again = stillness.matches ? standStill(strip, cards, context.now) : pass(strip, cards);
  return { shown: [...new Set([...strip.items].map(({ card }) => card.id))], again };
}

export function clear(stage) {
  empty(stage);
  return null;
}

/** Take off, at once, what is not on the wall any more or says something else now. */
function dropGone(strip, cards) {
  const known = new Set(cards);
  for (const item of strip.items) if (!known.has(item.card)) remove(strip, item);
  const ids = new Set(cards.map(({ id }) => id));
  for (const id of passed.keys()) if (!ids.has(id)) passed.delete(id);
  if (strip.pieces.length && !known.has(strip.pieces[0].card)) Object.assign(strip, { pieces: [], until: 0 });
}

function remove(strip, item) {
  item.node.remove();
  strip.items.delete(item);
}

let turn = 0;
/** Who comes next: one that never passed, the oldest first; then whoever passed longest ago. */
function nextOf(cards) {
  const time = ({ id }) => passed.get(id) ?? 0;
  const next = cards.reduce((one, other) => (time(other) < time(one) || (time(other) === time(one) && other.order < one.order) ? other : one));
  passed.set(next.id, (turn += 1));
  return next;
}

function itemOf(card, text) {
  const said = tell(told("bdi", "said", undefined, card.language), text.replace(/\s+/gu, " "));
  const node = group("article", "item", told("bdi", "name", card.name || card.handle), said);
  node.dataset.id = card.id;
  node.dataset.version = card.version;
  return { card, node };
}

const wordsOf = ({ media, sensitive, text, warning }) =>
  warning || text.trim() || (sensitive && media.length ? word("sensitive") : media[0]?.alt || (media.length ? word("picture") : ""));

// --- passing by -------------------------------------------------------------------------------------

function pass(strip, cards) {
  const size = parseFloat(strip.node.style.fontSize);
  const speed = (SPEED * size) / 1_000; // px a millisecond
  let wait = untilFree(strip, speed);
  while (wait <= 0 && strip.items.size < MOST_ITEMS) {
    send(strip, nextOf(cards), speed, wait);
    wait = untilFree(strip, speed);
  }
  return Math.max(50, wait);
}

/** In how many ms the last one has come in wholly; what is negative, it was that long ago. */
function untilFree({ last }, speed) {
  return last ? last.width / speed - last.animation.currentTime : 0;
}

function send(strip, card, speed, late) {
  const item = itemOf(card, wordsOf(card));
  item.node.append(make("i", "dot"));
  strip.node.append(item.node);
  const way = strip.node.clientWidth;
  const width = item.node.offsetWidth;
  const ends = strip.mirrored ? [-width, way] : [way, -width];
  const animation = item.node.animate(ends.map((x) => ({ transform: `translateX(${x}px)` })), { duration: (way + width) / speed, easing: "linear", fill: "both" });
  animation.currentTime = strip.last ? Math.min(-late, way / speed) : (way * AHEAD) / speed;
  animation.onfinish = () => remove(strip, item);
  strip.items.add(item);
  strip.last = { animation, width };
}

// --- standing still ---------------------------------------------------------------------------------

function standStill(strip, cards, now) {
  if (now < strip.until && strip.items.size) return strip.until - now;
  if (!strip.pieces.length) strip.pieces = piecesOf(strip, nextOf(cards));
  const { card, text } = strip.pieces.shift();
  for (const item of strip.items) remove(strip, item);
  const item = itemOf(card, text);
  item.node.classList.add("still");
  strip.node.append(item.node);
  strip.items.add(item);
  const time = readingTime({ ...card, text, warning: "", answer: "", media: [] });
  strip.until = now + time;
  return time;
}

/** Cut a text between its words into as many pieces as the strip needs, each as long as it can be. */
function piecesOf(strip, card) {
  const words = wordsOf(card).split(/\s+/u).flatMap((word) => (word.length > 40 ? word.match(/.{1,40}/gsu) : word));
  const fits = (text) => {
    const { node } = itemOf(card, text);
    strip.node.append(node);
    const fine = node.scrollWidth <= strip.node.clientWidth * 0.94;
    node.remove();
    return fine;
  };
  const pieces = [];
  while (words.length) {
    let [low, high] = [1, words.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (fits(words.slice(0, middle).join(" "))) low = middle;
      else high = middle - 1;
    }
    pieces.push({ card, text: words.splice(0, low).join(" ") });
  }
  return pieces;
}
