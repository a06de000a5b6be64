/** Sponsors: those who pay for the event, all of them at once and none larger than another. */

import { make, ownAddress } from "../cards.js";
import { empty, fit, room, stand, told } from "../setting.js";
import { word } from "../words.js";

const AREA = 0.3; // of its place that a logo covers, whatever its shape

export function draw(stage, context) {
  const { sponsors, language } = context.scene;
  if (!sponsors.length) return clear(stage);
  stand(stage, context, [JSON.stringify(sponsors), language], (body) => {
    const { width, height, unit } = room(body);
    const node = make("section", "sponsors enters");
    const wall = make("div", "wall");
    wall.style.setProperty("--across", across(sponsors.length, width / height));
    node.append(make("p", "label", word("thanks")), wall);
    body.append(node);
    const names = sponsors.map((sponsor) => place(wall, sponsor, context.scene));
    const most = Math.max(3.4 * unit, context.stage.least);
    const sizes = names.map((name) => fit(name, most));
    for (const name of names) name.style.fontSize = `${Math.min(...sizes)}px`;
  });
  return { shown: [], again: Infinity };
}

export function clear(stage) {
  empty(stage);
  return null;
}

/** How many stand in a row, so that places are about half as high as they are wide. */
function across(count, shape) {
  const columns = Math.max(1, Math.min(count, Math.round(Math.sqrt((count * shape) / 2))));
  return Math.ceil(count / Math.ceil(count / columns));
}

/** Give a sponsor its place: its name until its logo is there, and where it never comes. */
function place(wall, { name, logo }, { language }) {
  const box = make("div", "sponsor");
  const words = told("p", "", name, language);
  box.append(words);
  wall.append(box);
  const address = logo && ownAddress(logo);
  if (!address) return words;
  const image = make("img");
  image.alt = name;
  image.addEventListener("load", () => {
    balance(image, box);
    words.replaceWith(image);
  });
  image.src = address;
  return words;
}

/** As much surface for each: a wide logo is lower, a tall one narrower. */
function balance(image, { clientWidth, clientHeight }) {
  const shape = (image.naturalWidth || 1) / (image.naturalHeight || 1);
  const height = Math.min(Math.sqrt((clientWidth * clientHeight * AREA) / shape), clientHeight * 0.8, (clientWidth * 0.84) / shape);
  image.style.height = `${height}px`;
  image.style.width = `${height * shape}px`;
}
