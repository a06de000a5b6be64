/** Carousel: one post large, and at its side the next two, small, as a promise. */

import { authorOf, make, wordsOf } from "../cards.js";
import { setAuthor, setPost } from "../post.js";
import { empty, fit, group, room, stand } from "../setting.js";

const WAITING = 2;
const SMALL = 1.7; // units: the smallest type that one that waits is set in; else its author stands for it

export function draw(stage, context) {
  const { cards, now, turns } = context;
  const card = turns.turn(cards, now);
  if (!card) return clear(stage);
  const next = comingAfter(card, context);
  stand(stage, context, [card, ...next], (body) => {
    const { unit } = room(body);
    const size = { unit, least: context.stage.least };
    const box = make("div", "stood");
    const waiting = next.length ? make("aside", "waiting enters") : null;
    const node = group("div", "carousel", box, waiting);
    node.classList.toggle("alone", !waiting);
    body.append(node);
    const large = setPost(box, card, size);
    large.classList.add("enters");
    node.dir = large.dir;
    const nodes = next.map((one) => nextOf(one));
    waiting?.append(...nodes);
    for (const one of nodes) setNext(one, size);
  });
  return { shown: [card.id], again: turns.again };
}

export function clear(stage) {
  empty(stage);
  return null;
}

/** Two of those that stand beside it in the picture's order. */
function comingAfter(card, { cards }) {
  const at = cards.indexOf(card);
  return [...cards.slice(at + 1), ...cards.slice(0, at)].slice(0, WAITING);
}

function nextOf(card) {
  const node = group("article", "next", authorOf(card), group("div", "saying", wordsOf(card)));
  node.dataset.id = card.id;
  node.dataset.version = card.version;
  return node;
}

function setNext(node, { unit, least }) {
  const words = node.querySelector(".words");
  node.dir = words.matches(":dir(rtl)") ? "rtl" : "ltr";
  setAuthor(node, { unit: unit * 0.72, least });
  const smallest = Math.max(SMALL * unit, least);
  if (words.textContent && fit(words, Math.max(2.7 * unit, least)) >= smallest) return;
  words.parentNode.remove();
}
