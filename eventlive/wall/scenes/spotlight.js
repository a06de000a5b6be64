/** Spotlight: one post, as large as it can be, and who said it. */

import { setPost } from "../post.js";
import { empty, room, stand } from "../setting.js";

export function draw(stage, context) {
  const card = context.turns.turn(context.cards, context.now);
  if (!card) return clear(stage);
  stand(stage, context, [card], (body) => {
    const { unit } = room(body);
    setPost(body, card, { unit, least: context.stage.least, quoted: true }).classList.add("enters");
  });
  return { shown: [card.id], again: context.turns.again };
}

export function clear(stage) {
  empty(stage);
  return null;
}
