/** Pictures: those that came with posts, large, with their words and who took them beside. */

import { authorOf, mediaOf, ownAddress, showEntire, wordsOf } from "../cards.js";
import { mostFor, setAuthor } from "../post.js";
import { empty, fit, group, room, stand } from "../setting.js";

export function draw(stage, context) {
  const { cards, now, turns } = context;
  const card = turns.turn(cards.filter(shows), now);
  if (!card) return clear(stage);
  stand(stage, context, [card], (body) => {
    const { unit } = room(body);
    const { least } = context.stage;
    const media = mediaOf(card);
    const words = card.text.trim() ? wordsOf(card) : null;
    const beside = group("div", "beside", group("div", "saying", words), authorOf(card));
    const node = group("article", "gallery enters", media, beside);
    node.dataset.id = card.id;
    node.dataset.version = card.version;
    body.append(node);
    node.dir = (words ?? beside.querySelector(".name")).matches(":dir(rtl)") ? "rtl" : "ltr";
    media.querySelectorAll('[data-count="1"] > .tile').forEach(showEntire);
    setAuthor(node, { unit, least });
    if (!words) return;
    fit(words, Math.min(mostFor(card.text, words.parentNode, unit), Math.max(4.4 * unit, least)), { columns: 2 });
  });
  return { shown: [card.id], again: turns.again };
}

export function clear(stage) {
  empty(stage);
  return null;
}

/** One whose pictures may be seen: none that is covered, and none that is elsewhere. */
const shows = ({ media, sensitive, warning }) => !sensitive && !warning && media.some(({ url }) => ownAddress(url));
