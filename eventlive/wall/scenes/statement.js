/** Statement: words of the house, large, and whose they are. */

import { make } from "../cards.js";
import { houseOf, setHouse } from "../house.js";
import { empty, fit, group, room, stand, told } from "../setting.js";

export function draw(stage, context) {
  const { scene, screen } = context;
  const text = screen.statement.trim();
  if (!text) return clear(stage);
  stand(stage, context, [text, screen.language, scene.title, scene.hashtag, scene.logo], (body) => {
    const { width, height, unit } = room(body);
    const words = told("p", "words", text, screen.language);
    const node = group("article", "house-words enters", make("i", "stroke"), group("div", "saying", words), houseOf(scene));
    body.append(node);
    node.dir = words.matches(":dir(rtl)") ? "rtl" : "ltr";
    setHouse(node, { unit, least: context.stage.least });
    fit(words, Math.min(Math.max(Math.min(width, height) * (text.length < 40 ? 0.19 : 0.13), 5 * unit), words.parentNode.clientHeight * 0.7), { columns: 2 });
  });
  return { shown: [], again: Infinity };
}

export function clear(stage) {
  empty(stage);
  return null;
}
