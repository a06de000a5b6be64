/**
 * Question and answer: what somebody asked, and what the house says to it.
 *
 * Beside each other, or above each other in a tall picture; where both together would be too small
 * for the last row, one after the other, each for its share of the time that both take to read.
 */

import { authorOf, make, tell, wordsOf } from "../cards.js";
import { mostFor, setAuthor } from "../post.js";
import { empty, fit, group, room, stand, told } from "../setting.js";
import { readingTime } from "../turns.js";

const TOGETHER = 2.2; // units: the smallest type in which both stand together
const LEAST_SHARE = 0.25; // of the time, for the shorter of the two

const known = new WeakMap(); // stage -> {card, at, size, apart}: the pair it shows, since when, and how

export function draw(stage, context) {
  const { now, scene, turns } = context;
  const card = turns.turn(context.cards.filter(({ answer }) => answer.trim()), now);
  if (!card) return clear(stage);
  const house = scene.title || scene.hashtag;
  const pair = pairOf(stage, context, card, house);
  const [part, again] = pair.apart ? partNow(card, turns.seen(card)) : ["both", Infinity];
  stand(stage, context, [card, house, part], (body) => setPair(body, card, house, context, part));
  return { shown: [card.id], again: Math.min(again, turns.again) };
}

export function clear(stage) {
  known.delete(stage);
  empty(stage);
  return null;
}

function pairOf(stage, context, card, house) {
  const { look, now, stage: { width, height, least } } = context;
  const size = `${width} ${height} ${least} ${look}`;
  const was = known.get(stage);
  if (was?.card === card && was.size === size && was.at <= now) return was;
  const bench = make("div", "body bench");
  stage.append(bench);
  const apart = setPair(bench, card, house, context, "both") < Math.max(least, TOGETHER * room(bench).unit);
  bench.remove();
  const pair = { card, size, at: was?.card === card && was.at <= now ? was.at : now, apart };
  known.set(stage, pair);
  return pair;
}

/** Which of the two it is now, and for how long, in ms. */
function partNow(card, passed) {
  const whole = readingTime(card);
  const share = (card.warning || card.text).length / (card.text.length + card.answer.length + 1);
  const question = whole * Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, share));
  const at = passed % whole;
  return at < question ? ["question", question - at] : ["answer", whole - at];
}

/** Fill a box with one of them or both; gives the size of its smallest words, in px. */
function setPair(box, card, house, { stage: { least } }, part) {
  const { unit } = room(box);
  const question = wordsOf(card);
  const answer = tell(told("p", "words", undefined), card.answer);
  const asked = group("section", "asked", group("div", "saying", question), authorOf(card));
  const to = part === "answer" ? card.name || card.handle : "";
  const said = told("p", "house", house);
  const head = group("header", "answering", said, to && group("p", "to", make("span", "", "→ "), make("bdi", "", to)));
  const answered = group("section", "answered", head, group("div", "saying", answer));
  const node = make("article", `pair enters ${part}`);
  node.append(...[part !== "answer" && asked, part !== "question" && answered].filter(Boolean));
  node.dataset.id = card.id;
  node.dataset.version = card.version;
  box.append(node);
  node.dir = (part === "answer" ? answer : question).matches(":dir(rtl)") ? "rtl" : "ltr";
  asked.dir = question.matches(":dir(rtl)") ? "rtl" : "ltr";
  answered.dir = answer.matches(":dir(rtl)") ? "rtl" : "ltr";
  const sizes = [];
  if (part !== "answer") {
    setAuthor(asked, { least, unit });
    sizes.push(setWords(question, card.warning || card.text, part, unit));
  }
  if (part !== "question") {
    for (const line of head.children) fit(line, Math.max(2.3 * unit, least), { height: Math.max(2.3 * unit, least) * 1.4 });
    sizes.push(setWords(answer, card.answer, part, unit));
  }
  return Math.min(...sizes);
}

function setWords(words, text, part, unit) {
  const both = part === "both";
  return fit(words, mostFor(text, words.parentNode, unit) * (both ? 0.75 : 1), { columns: both ? 1 : 3 });
}
