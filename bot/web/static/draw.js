// From the neutral tree of a reply to the DOM. Total and dull: every node has one drawing.

import { el, icon } from "./dom.js";
import { t } from "./words.js";

/** Draw what a person typed: text, with names set off. */
export function drawNodes(nodes, ink) {
  const box = el("div", { class: "said" });
  for (const node of nodes) {
    if (typeof node === "string") box.append(...withNames(node, ink));
    else box.append(name(node.name ?? node.mention, node.mention === ink.me));
  }
  return folded(box);
}

function withNames(text, { people, me, bots }) {
  const known = new Map([...bots.map((bot) => [bot.toLowerCase(), null]), ...people.map((one) => [one.name.toLowerCase(), one.account])]);
  const words = [...known.keys()].sort((a, b) => b.length - a.length).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (!words.length) return [text];
  const parts = text.split(new RegExp(`([@＠](?:${words.join("|")}))`, "gi"));
  return parts.map((part, at) => (at % 2 ? name(part.slice(1), known.get(part.slice(1).toLowerCase()) === me) : part));
}

function name(text, isMe) {
  return el("span", { class: isMe ? "who is-me" : "who" }, `@${text}`);
}

/** Cut what is very long to a few lines, with a way to see it all. */
function folded(box) {
  if (box.textContent.length < 1800 && box.textContent.split("\n").length < 25) return box;
  box.classList.add("is-folded");
  const more = el("button", { type: "button", class: "link", onclick: () => { box.classList.remove("is-folded"); more.remove(); } }, t("Show all"));
  return el("div", {}, box, more);
}

/** Draw a reply. `ink` gives: me, people, bots, press(button), open(form), fill(text). */
export function drawReply(reply, ink) {
  const isPlain = !reply.title.length && !reply.health && !reply.buttons.length && !reply.form
    && reply.parts.every((part) => part.type === "text" || part.type === "note" || part.type === "image");
  const parts = reply.parts.map((part) => drawPart(part, ink));
  if (isPlain) return el("div", { class: "plain" }, parts);
  const acts = [...reply.buttons.map((button) => drawButton(button, ink))];
  if (reply.form) acts.push(el("button", { type: "button", class: "act is-primary", onclick: () => ink.open(reply.form) }, icon("form"), t("Open the form")));
  return el(
    "section",
    { class: `card${reply.health ? ` is-${reply.health}` : ""}`, data: { about: reply.about?.label ?? "" } },
    reply.title.length ? el("h3", { class: "card-title" }, drawLine(reply.title, ink)) : null,
    !reply.title.length && reply.form ? el("h3", { class: "card-title" }, reply.form.title) : null,
    parts.length ? el("div", { class: "card-body" }, parts) : null,
    acts.length ? el("div", { class: "acts" }, acts) : null,
  );
}

function drawPart(part, ink) {
  switch (part.type) {
    case "text": return el("p", { class: "text" }, drawLine(part.line, ink));
    case "note": return el("p", { class: "note" }, drawLine(part.line, ink));
    case "divider": return el("hr");
    case "fields": return el("dl", { class: "fields" }, part.fields.map((field) => el("div", {}, el("dt", {}, field.label), el("dd", {}, drawLine(field.value, ink)))));
    case "listing": return drawListing(part, ink);
    case "table": return drawTable(part, ink);
    case "image": return drawImage(part);
    default: return null;
  }
}

function drawListing(part, ink) {
  const rows = part.items.map((item) =>
    el("li", {},
      el("div", { class: "item" }, el("div", {}, drawLine(item.line, ink)), item.detail.length ? el("div", { class: "detail" }, drawLine(item.detail, ink)) : null),
      item.button ? drawButton(item.button, ink) : null));
  return el("div", {}, el("ul", { class: "listing" }, rows), part.more ? el("p", { class: "note" }, t("All of them:"), " ", code(part.more, ink)) : null);
}

function drawTable(part, ink) {
  const head = el("tr", {}, part.columns.map((column) => el("th", { scope: "col" }, column)));
  const rows = part.rows.map((row) => el("tr", {}, row.map((cell, at) => el(at ? "td" : "th", at ? {} : { scope: "row" }, drawLine(cell, ink)))));
  return el("div", { class: "table", tabIndex: 0 }, el("table", {}, el("thead", {}, head), el("tbody", {}, rows)));
}

function drawImage(part) {
  const source = part.svg.startsWith("data:image/png;base64,") ? part.svg : `data:image/svg+xml,${encodeURIComponent(part.svg)}`;
  return el("img", { class: "picture", src: source, alt: part.alt });
}

function drawLine(line, ink) {
  return line.map((piece) => {
    if (typeof piece === "string") return piece;
    switch (piece.type) {
      case "strong": return el("strong", {}, piece.text);
      case "struck": return el("s", {}, piece.text);
      case "code": return code(piece.text, ink);
      case "who": return name(piece.name, piece.account !== null && piece.account === ink.me);
      case "link": return /^https?:\/\//i.test(piece.url) ? el("a", { href: piece.url, target: "_blank", rel: "noopener noreferrer" }, piece.text) : piece.text;
      default: return "";
    }
  });
}

/** Something to type: pressed, it goes into the composer. */
function code(text, ink) {
  const fill = () => { if (!String(getSelection())) ink.fill(text); };
  return el("code", {
    tabIndex: 0, role: "button", title: t("Put it into the message"), onclick: fill,
    onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); fill(); } },
  }, text);
}

function drawButton(button, ink) {
  const node = el("button", {
    type: "button",
    class: `act is-${button.style}`,
    data: { command: button.command, tip: t("Or type: {typed}", { typed: button.typed }) },
    "aria-description": t("Or type: {typed}", { typed: button.typed }),
    onclick: () => ink.press(button, node),
  }, button.label);
  return node;
}
