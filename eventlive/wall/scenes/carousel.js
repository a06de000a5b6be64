/** Carousel: one post large, and at its side the next two, small, as a promise. */

import { authorOf, make, wordsOf } from "../cards.js";
import { setAuthor, setPost } from "../post.js";
import { empty, fit, group, room, stand } from "../setting.js";

const WAITING = 2;
const SMALL = 1.7; // units: the smallest type that one that waits is set in; else its author stands for it

export function draw(stage, context) {
  const card = context.turns.turn(context.cards, context.now);
  if (!card) return clear(stage);
  const next = context.turns.coming(WAITING);
  const size = (unit) => ({ unit, least: context.stage.least });
  // Who waits is often another one while the large one stands.
  const standWaiting = (waiting) => waiting && stand(waiting, context, next, (body) => {
    const { unit } = room(body);
    const nodes = next.map((one) => nextOf(one));
    body.append(...nodes);
    for (const one of nodes) setNext(one, size(unit));
  });
  const body = stand(stage, context, [card, Boolean(next.length)], (body) => {
    const { unit } = room(body);
    const box = make("div", "stood");
    const node = group("div", "carousel", box, next.length ? make("aside", "waiting") : null);
    node.classList.toggle("alone", !next.length);
    body.append(node);
    const large = setPost(box, card, size(unit));
    large.classList.add("enters");
    node.dir = large.dir;
    standWaiting(node.querySelector(".waiting")); // now: they come in with it
  });
  standWaiting(body.querySelector(".waiting"));
  return { shown: [card.id], again: context.turns.again };
}

export function clear(stage) {
  empty(stage);
  return null;
}

function nextOf(card) {
  const node = group("article", "next enters", authorOf(card), group("div", "saying", wordsOf(card)));
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
