// The box to type in: sends, recalls, completes names and commands, keeps a draft for every place.

import { badge, drum, el, icon, toast } from "./dom.js";
import { roleName, t } from "./words.js";

const MOST = 20000;
const ROWS = 8;

export class Composer {
  /** `deps`: people(), commands(), botNames(), onSend(nodes), lastSaid(). */
  constructor(root, deps) {
    this.deps = deps;
    this.drafts = new Map();
    this.place = "";
    this.picked = new Map();
    this.options = [];
    this.active = -1;
    const id = `${root.id}-options`;
    this.list = el("ul", { class: "options", id, role: "listbox", hidden: true });
    this.box = el("textarea", {
      rows: 1, autocomplete: "off", spellcheck: false, role: "combobox", "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-controls": id, enterKeyHint: "send",
      oninput: () => this.changed(),
      onkeydown: (event) => this.pressed(event),
      onblur: () => setTimeout(() => this.closeOptions(), 150),
      onclick: () => this.suggest(),
    });
    this.count = el("span", { class: "count" });
    this.hint = el("span", { class: "keys" });
    this.button = el("button", { type: "submit", class: "send" }, icon("send"));
    this.form = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.send(); } },
      this.list,
      el("div", { class: "box" }, this.box,
        el("div", { class: "box-foot" },
          el("button", { type: "button", class: "tool mention", onclick: () => this.insert("@") }, icon("at")),
          this.hint, this.count, this.button)));
    root.replaceChildren(this.form);
    this.speak();
  }

  /** Take the words of the language now spoken. */
  speak() {
    this.button.setAttribute("aria-label", t("Send"));
    this.button.title = t("Send");
    const mention = this.form.querySelector(".mention");
    mention.title = t("Mention somebody");
    mention.setAttribute("aria-label", t("Mention somebody"));
    this.hint.textContent = t("Enter sends · Shift+Enter: new line");
  }

  /** Go to another place; each keeps its draft. */
  move(place, placeholder) {
    if (this.place !== place) {
      this.drafts.set(this.place, this.box.value);
      this.place = place;
      this.box.value = this.drafts.get(place) ?? "";
    }
    this.box.placeholder = placeholder;
    this.box.setAttribute("aria-label", placeholder);
    this.changed({ quiet: true });
  }

  focus() {
    this.box.focus({ preventScroll: true });
  }

  /** Put a text in the box, to be looked at and sent. */
  fill(text) {
    this.box.value = text;
    this.changed({ quiet: true });
    this.focus();
    this.box.setSelectionRange(text.length, text.length);
  }

  insert(text) {
    const { selectionStart: start, value } = this.box;
    const gap = start && !/\s$/.test(value.slice(0, start)) ? " " : "";
    this.box.setRangeText(gap + text, start, this.box.selectionEnd, "end");
    this.focus();
    this.changed();
  }

  changed({ quiet = false } = {}) {
    const { value } = this.box;
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, ROWS * 24)}px`;
    this.button.disabled = !value.trim();
    const isLong = value.length > MOST * 0.9;
    this.count.textContent = isLong ? `${value.length.toLocaleString()} / ${MOST.toLocaleString()}` : "";
    this.form.classList.toggle("is-over", value.length > MOST);
    if (quiet) this.closeOptions();
    else this.suggest();
  }

  send() {
    const text = this.box.value.trim();
    if (!text) return;
    if (text.length > MOST) {
      toast(t("That is {n} characters. At most {most} go into one message; your text stays in the box.", { n: text.length.toLocaleString(), most: MOST.toLocaleString() }), { isBad: true });
      return;
    }
    this.deps.onSend(this.nodes(text));
    this.box.value = "";
    this.picked.clear();
    this.changed({ quiet: true });
  }

  /** Turn names picked from the list into mentions; what was only typed stays text. */
  nodes(text) {
    const names = [...this.picked.keys()].filter((name) => text.includes(name)).sort((a, b) => b.length - a.length);
    if (!names.length) return [text];
    const pattern = new RegExp(`(${names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`);
    return text.split(pattern).filter(Boolean).map((part) => this.picked.get(part) ?? part);
  }

  pressed(event) {
    if (event.isComposing) return; // an input method is still choosing its characters
    const isOpen = !this.list.hidden;
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.activate((this.active + (event.key === "ArrowDown" ? 1 : -1) + this.options.length) % this.options.length);
    } else if (isOpen && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.closeOptions();
    } else if (isOpen && (event.key === "Tab" || (event.key === "Enter" && this.active >= 0)) && !event.shiftKey) {
      event.preventDefault();
      this.choose(this.options[Math.max(this.active, 0)]);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "ArrowUp" && !this.box.value) {
      const last = this.deps.lastSaid();
      if (last) { event.preventDefault(); this.fill(last); }
    }
  }

  suggest() {
    const before = this.box.value.slice(0, this.box.selectionStart);
    const named = /(?:^|[\s，,。；;])[@＠]([^\s@＠]{0,20})$/.exec(before);
    if (named) return this.offer(this.people(named[1]), before.length - named[1].length - 1, 0);
    const begun = this.begun(before);
    return begun ? this.offer(this.commands(begun), before.length - begun.length, -1) : this.closeOptions();
  }

  /** Give what stands so far of a command: the first words, after the bot's own name. */
  begun(before) {
    const bots = this.deps.botNames().join("|");
    const text = before.replace(new RegExp(`^\\s*[@＠](?:${bots})\\s*`, "i"), "").trimStart();
    return text.length && text.length < 30 && !text.includes("\n") ? text : "";
  }

  people(part) {
    const wanted = part.toLowerCase();
    const bot = { name: t("Drumbeat"), isBot: true };
    const found = [bot, ...this.deps.people()]
      .filter((one) => one.name.toLowerCase().includes(wanted) || (one.isBot && "drumbeat".startsWith(wanted)));
    if (found.length === 1 && found[0].name.toLowerCase() === wanted) return []; // typed in full: Enter sends
    return found
      .slice(0, 8)
      .map((one) => ({
        text: `@${one.name} `,
        node: { mention: one.isBot ? "bot" : one.account, name: one.name },
        look: [one.isBot ? drum() : badge(one.account, one.name), el("b", {}, one.name), el("span", {}, one.isBot ? t("Bot") : roleName(one.role))],
      }));
  }

  commands(begun) {
    const wanted = begun.toLowerCase();
    return this.deps.commands()
      .filter((one) => one.words.toLowerCase().startsWith(wanted) && one.words.toLowerCase() !== wanted.trim())
      .slice(0, 8)
      .map((one) => ({ text: `${one.words} `, node: null, look: [el("b", { class: "command" }, one.words), el("span", {}, one.help)] }));
  }

  offer(options, start, active) {
    this.options = options;
    this.start = start;
    if (!options.length) return this.closeOptions();
    this.list.replaceChildren(...options.map((option, at) =>
      el("li", { role: "option", id: `${this.list.id}-${at}`, onmousedown: (event) => { event.preventDefault(); this.choose(option); } }, option.look)));
    this.list.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
    return this.activate(active);
  }

  activate(at) {
    this.active = at;
    [...this.list.children].forEach((node, place) => node.setAttribute("aria-selected", String(place === at)));
    this.list.children[at]?.scrollIntoView({ block: "nearest" });
    if (at >= 0) this.box.setAttribute("aria-activedescendant", `${this.list.id}-${at}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  choose(option) {
    this.box.setRangeText(option.text, this.start, this.box.selectionStart, "end");
    if (option.node) this.picked.set(option.text.trim(), option.node);
    this.changed({ quiet: true });
    this.focus();
  }

  closeOptions() {
    this.list.hidden = true;
    this.active = -1;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }
}
