/**
 * Hold: the house's poster. Calm while all is held; before the first post, how to join in.
 */

import { make, ownAddress } from "../cards.js";
import { empty, fit, group, room, stand, told } from "../setting.js";
import { word } from "../words.js";

export function draw(stage, context) {
  const { cards, scene } = context;
  const joining = !scene.held && !cards.length;
  const key = [scene.title, scene.hashtag, scene.link, scene.logo, scene.language, joining];
  stand(stage, context, key, (body) => {
    const { unit, height } = room(body);
    const title = told("p", "title", scene.title || scene.hashtag || word("moment"), scene.language);
    const hashtag = scene.title && scene.hashtag ? told("p", "hashtag", scene.hashtag) : null;
    const invite = joining && scene.hashtag ? make("p", "invite", word("join")) : null;
    const code = joining && scene.link ? codeOf(scene.link) : null;
    const words = invite || hashtag ? group("div", "how", invite, hashtag && group("div", "tag-box", hashtag)) : null;
    const join = words || code ? group("div", "join", code, words) : null;
    const node = group("article", "poster enters", logoOf(scene), group("div", "saying", title), join);
    node.classList.toggle("joining", joining);
    body.append(node);
    node.dir = title.matches(":dir(rtl)") ? "rtl" : "ltr";
    if (hashtag) fit(hashtag, Math.max((joining ? 4.6 : 3.2) * unit, context.stage.least));
    fit(title, Math.min(11 * unit, height * 0.3));
  });
  return { shown: [], again: Infinity };
}

export function clear(stage) {
  empty(stage);
}

function logoOf({ title, hashtag, logo }) {
  const address = logo && ownAddress(logo);
  if (!address) return null;
  const image = make("img", "logo");
  image.alt = title || hashtag;
  image.addEventListener("error", () => image.remove());
  image.src = address;
  return group("div", "mark", image);
}

function codeOf(link) {
  const image = make("img", "qr");
  image.alt = "QR code: the address of this event";
  image.addEventListener("error", () => image.remove());
  image.src = `/wall/qr.svg?for=${encodeURIComponent(link)}`;
  return image;
}
