// Ctrl/Cmd+K: go to a chat, or speak as somebody else, by typing a part of the name.

import { el } from "./dom.js";
import { t } from "./words.js";

export class Jump {
  /** `deps`: targets() -> [{name, note, look, go}]. */
  constructor(dialog, deps) {
    this.dialog = dialog;
    this.deps = deps;
    this.active = 0;
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }

  toggle() {
    if (this.dialog.open) return this.dialog.close();
    this.box = el("input", { type: "text", autocomplete: "off", placeholder: t("Jump to a chat, or speak as…"), "aria-label": t("Jump to…"),
      oninput: () => this.show(), onkeydown: (event) => this.pressed(event) });
    this.list = el("ul", { role: "listbox", "aria-label": t("Jump to…") });
    this.dialog.replaceChildren(this.box, this.list);
    this.show();
    return this.dialog.showModal();
  }

  show() {
    const wanted = this.box.value.trim().toLowerCase();
    this.found = this.deps.targets().filter((one) => one.name.toLowerCase().includes(wanted));
    this.list.replaceChildren(...this.found.map((one) =>
      el("li", { role: "option", onclick: () => this.go(one) }, one.look, el("b", {}, one.name), el("span", {}, one.note))));
    if (!this.found.length) this.list.append(el("li", { class: "none" }, t("Nothing is called that.")));
    this.activate(0);
  }

  activate(at) {
    this.active = at;
    [...this.list.children].forEach((node, place) => node.setAttribute("aria-selected", String(place === at)));
    this.list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  pressed(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const most = Math.max(this.found.length, 1);
      this.activate((this.active + (event.key === "ArrowDown" ? 1 : -1) + most) % most);
    } else if (event.key === "Enter" && this.found[this.active]) {
      event.preventDefault();
      this.go(this.found[this.active]);
    }
  }

  go(target) {
    this.dialog.close();
    target.go();
  }
}
