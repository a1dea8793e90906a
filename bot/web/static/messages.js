// A list of messages: grouped by sender, parted by day, changed in place. Used for chats and threads.

import { badge, drum, el, icon } from "./dom.js";
import { drawNodes, drawReply } from "./draw.js";
import { dayOf, now, write } from "./clock.js";
import { t } from "./words.js";

const TOGETHER_MS = 5 * 60 * 1000;
const NEAR_END_PX = 120;

const clock = (at) => write(at, { hour: "2-digit", minute: "2-digit", hour12: false });
const whole = (at) => write(at, { dateStyle: "full", timeStyle: "short" });

function dayName(at) {
  const ago = dayOf(now()) - dayOf(at);
  if (ago === 0) return t("Today");
  if (ago === 1) return t("Yesterday");
  return write(at, { month: "long", day: "numeric", weekday: "short" });
}

export class MessageList {
  /** `deps`: ink(message), onThread(message), onDismiss(message), onRetry(local), onEdit(local), empty(), onFar(isFar). */
  constructor(root, deps, { hasThreads = true } = {}) {
    this.root = root;
    this.deps = deps;
    this.hasThreads = hasThreads;
    this.entries = [];
    this.older = null;
    this.days = new Map();
    root.addEventListener("scroll", () => this.deps.onFar?.(!this.isAtEnd()), { passive: true });
  }

  isAtEnd() {
    return this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < NEAR_END_PX;
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
    this.deps.onFar?.(false);
  }

  /** Empty the list. */
  clear() {
    this.entries = [];
    this.older = null;
    this.days.clear();
    this.root.replaceChildren();
  }

  /** Fill the list anew; what came in by the stream meanwhile is kept. */
  fill(messages, { older = null } = {}) {
    this.older = older;
    for (const message of messages) if (!this.find(message.id)) this.entries.push(this.entry(message));
    this.arrange();
    this.toEnd();
  }

  /** Put older messages on top, keeping what is looked at where it is. */
  prepend(messages, { older = null } = {}) {
    const height = this.root.scrollHeight;
    this.older = older;
    for (const message of messages) if (!this.find(message.id)) this.entries.push(this.entry(message));
    this.arrange();
    this.root.scrollTop += this.root.scrollHeight - height;
  }

  /** Draw everything again, in another language or with other names. */
  redraw() {
    this.days.clear();
    for (const entry of this.entries) this.replace(entry, entry.message);
    this.arrange();
  }

  find(id) {
    return this.entries.find((entry) => entry.message.id === id);
  }

  /** Put a message where it belongs, or anew where it stands. */
  upsert(message) {
    const wasAtEnd = this.isAtEnd();
    const local = message.key ? this.entries.find((entry) => entry.message.key === message.key) : null;
    const met = this.find(message.id) ?? local;
    if (met) this.replace(met, message);
    else this.entries.push(this.entry(message));
    this.arrange();
    if (wasAtEnd || message.local) this.toEnd();
    else if (!met) this.deps.onFar?.(true, true);
  }

  remove(id) {
    const at = this.entries.findIndex((entry) => entry.message.id === id);
    if (at < 0) return;
    this.entries[at].node.remove();
    this.entries.splice(at, 1);
    this.arrange();
  }

  entry(message) {
    return { message, node: this.draw(message) };
  }

  replace(entry, message) {
    const focused = entry.node.contains(document.activeElement) ? document.activeElement : null;
    const label = focused?.textContent;
    const node = this.draw(message);
    entry.node.replaceWith(node);
    entry.node = node;
    entry.message = message;
    if (!focused) return;
    const places = [...node.querySelectorAll("button, a, [tabindex]")];
    (places.find((place) => place.textContent === label) ?? places[0] ?? this.root).focus({ preventScroll: true });
  }

  /** Put nodes in order, part the days, and group what one person said in a row. */
  arrange() {
    this.entries.sort((a, b) => order(a.message) - order(b.message));
    const wanted = [];
    if (this.older) wanted.push(el("button", { type: "button", class: "link older", onclick: this.older }, t("Earlier messages")));
    let before = null;
    for (const entry of this.entries) {
      const at = new Date(entry.message.at);
      const day = dayOf(at);
      const isNewDay = !before || dayOf(new Date(before.at)) !== day;
      if (isNewDay) wanted.push(this.divider(day, at));
      const follows = !isNewDay && before.sender === entry.message.sender
        && before.is_private === entry.message.is_private && at - new Date(before.at) < TOGETHER_MS;
      entry.node.classList.toggle("is-follow", follows);
      wanted.push(entry.node);
      before = entry.message;
    }
    if (!this.entries.length && this.deps.empty) wanted.push(this.deps.empty());
    this.place(wanted);
  }

  /** Part the days; a divider stays the same node, so that it is not read aloud again. */
  divider(day, at) {
    const met = this.days.get(day);
    if (met) {
      if (met.textContent !== dayName(at)) met.firstChild.textContent = dayName(at);
      return met;
    }
    const node = el("div", { class: "day", role: "separator" }, el("span", {}, dayName(at)));
    this.days.set(day, node);
    return node;
  }

  place(wanted) {
    const kept = new Set(wanted);
    for (const node of [...this.root.children]) if (!kept.has(node)) node.remove();
    wanted.forEach((node, at) => {
      if (this.root.children[at] !== node) this.root.insertBefore(node, this.root.children[at] ?? null);
    });
  }

  draw(message) {
    const ink = this.deps.ink(message);
    const isBot = message.sender === "bot";
    const person = ink.people.find((one) => one.account === message.sender);
    const name = isBot ? t("Drumbeat") : (person?.name ?? message.sender);
    const at = new Date(message.at);
    const time = el("time", { dateTime: message.at, title: whole(at) }, clock(at));
    const reply = message.body.reply;
    const classes = ["message", isBot && "is-bot", message.is_private && "is-private", message.local && `is-${message.local}`];
    return el(
      "article",
      { class: classes.filter(Boolean).join(" "), data: { id: message.id ?? "", sender: message.sender }, "aria-label": `${name}, ${clock(at)}` },
      el("div", { class: "gutter" }, isBot ? drum() : badge(message.sender, name), el("span", { class: "late-time", "aria-hidden": "true" }, clock(at))),
      el("div", { class: "content", lang: message.body.language ?? null },
        el("header", {}, el("span", { class: "name" }, name), isBot ? el("span", { class: "tag" }, t("Bot")) : null, time),
        message.is_private ? this.privacy(message) : null,
        reply ? drawReply(reply, ink) : drawNodes(message.body.nodes ?? [], ink),
        message.is_edited ? el("span", { class: "edited" }, t("edited")) : null,
        this.fate(message),
        this.hasThreads && message.replies ? this.replies(message) : null),
      this.tools(message),
    );
  }

  privacy(message) {
    return el("div", { class: "privacy" }, icon("eye"), el("span", {}, t("Only visible to you")), el("span", { "aria-hidden": "true" }, "·"),
      el("button", { type: "button", class: "link", onclick: () => this.deps.onDismiss(message) }, t("Dismiss")));
  }

  fate(message) {
    if (message.local !== "failed") return message.local === "sending" ? el("span", { class: "sending" }, t("Sending…")) : null;
    return el("div", { class: "fate", role: "alert" }, el("span", {}, t("Not sent.")),
      el("button", { type: "button", class: "act is-danger", onclick: () => this.deps.onRetry(message) }, icon("retry"), t("Send again")),
      el("button", { type: "button", class: "act is-plain", onclick: () => this.deps.onEdit(message) }, icon("edit"), t("Back to the box")));
  }

  replies(message) {
    const count = message.replies === 1 ? t("1 reply") : t("{n} replies", { n: message.replies });
    return el("button", { type: "button", class: "replies", onclick: () => this.deps.onThread(message) }, icon("reply"), el("b", {}, count),
      message.replied_at ? el("span", {}, t("last at {time}", { time: clock(new Date(message.replied_at)) })) : null);
  }

  tools(message) {
    if (message.local || !this.hasThreads || message.is_private) return null;
    const label = t("Reply in a thread");
    return el("div", { class: "tools" }, el("button", { type: "button", class: "tool", title: label, "aria-label": label, onclick: () => this.deps.onThread(message) }, icon("reply")));
  }
}

/** Sent messages go by id; what is still on its way comes last, as typed. */
function order(message) {
  return message.id ? Number(message.id) : Number.MAX_SAFE_INTEGER / 2 + message.typed;
}
