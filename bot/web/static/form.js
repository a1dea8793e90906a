// The dialog of a form: labels, hints, what stands in it already, and what is wrong with it.

import { el, icon } from "./dom.js";
import { t } from "./words.js";

export class FormDialog {
  /** `deps`: people(), submit(form, message, values) -> {errors} | {} ; throws what it cannot send. */
  constructor(dialog, deps) {
    this.dialog = dialog;
    this.deps = deps;
    this.kept = new Map();
    dialog.addEventListener("close", () => this.keep());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }

  /** Open a form; what was typed in it before is still there. */
  open(form, message) {
    this.form = form;
    this.message = message;
    const kept = this.kept.get(message) ?? {};
    this.inputs = form.inputs.map((input) => this.input(input, kept[input.name] ?? input.value));
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.button = el("button", { type: "submit", class: "act is-primary" }, form.submit);
    const body = el("form", { method: "dialog", noValidate: true, onsubmit: (event) => { event.preventDefault(); this.send(); } },
      el("header", {}, el("h2", {}, form.title),
        el("button", { type: "button", class: "tool", "aria-label": t("Close"), onclick: () => this.dialog.close() }, icon("close"))),
      el("div", { class: "inputs" }, this.inputs.map((input) => input.node)),
      this.problem,
      el("footer", {}, form.typed ? el("p", { class: "note" }, t("Or type: {typed}", { typed: form.typed })) : null,
        el("button", { type: "button", class: "act is-plain", onclick: () => this.dialog.close() }, t("Cancel")), this.button));
    this.dialog.replaceChildren(body);
    this.dialog.setAttribute("aria-label", form.title);
    if (!this.dialog.open) this.dialog.showModal();
    (this.inputs.find((input) => !input.control.value) ?? this.inputs[0])?.control.focus();
  }

  input(input, value) {
    const id = `input-${input.name}`;
    const control = this.control(input, value, id);
    const error = el("p", { class: "error", id: `${id}-error`, hidden: true });
    if (input.hint) control.setAttribute("aria-describedby", `${id}-hint`);
    const node = el("div", { class: "input" },
      el("label", { htmlFor: id }, input.label, input.required ? null : el("span", { class: "optional" }, t("optional"))),
      input.kind === "date" ? this.withCalendar(control) : control, input.hint ? el("p", { class: "hint", id: `${id}-hint` }, input.hint) : null, error);
    control.addEventListener("input", () => this.mark({ control, error, node }, ""));
    return { input, control, error, node };
  }

  control(input, value, id) {
    const common = { id, name: input.name, required: input.required };
    const options = input.kind === "person" && !input.choices.length
      ? this.deps.people().map((one) => ({ value: one.name, label: one.name }))
      : input.choices;
    if (input.kind === "choice" || input.kind === "person") {
      const plain = value.replace(/^[@＠]/, "");
      const chosen = options.find((one) => one.value === plain || one.label === plain)?.value ?? "";
      return el("select", common, el("option", { value: "" }, input.required ? t("Choose…") : "—"),
        options.map((one) => el("option", { value: one.value, selected: one.value === chosen }, one.label)));
    }
    if (input.kind === "lines") return el("textarea", { ...common, rows: 4, value });
    return el("input", { ...common, type: "text", inputMode: input.kind === "number" ? "decimal" : "text", autocomplete: "off", value });
  }

  /** Put a calendar beside a box for a date, in which words may be typed as well. */
  withCalendar(control) {
    const day = el("input", { type: "date", class: "calendar", tabIndex: -1, "aria-hidden": "true", onchange: () => {
      control.value = day.value;
      control.dispatchEvent(new Event("input"));
      control.focus();
    } });
    return el("div", { class: "with-calendar" }, control, day,
      el("button", { type: "button", class: "tool", "aria-label": t("Choose a day"), title: t("Choose a day"), onclick: () => day.showPicker() }, icon("calendar")));
  }

  values() {
    return Object.fromEntries(this.inputs.map(({ input, control }) => [input.name, control.value]));
  }

  mark({ control, error, node }, text) {
    error.textContent = text;
    error.hidden = !text;
    node.classList.toggle("is-wrong", Boolean(text));
    if (text) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }

  async send() {
    const missing = this.inputs.filter(({ input, control }) => input.required && !control.value.trim());
    for (const one of this.inputs) this.mark(one, missing.includes(one) ? t("Please fill this in.") : "");
    this.problem.hidden = true;
    if (missing.length) return missing[0].control.focus();
    this.button.disabled = true;
    try {
      const { errors } = await this.deps.submit(this.form, this.message, this.values());
      if (errors) return this.refuse(errors);
      this.isDone = true;
      this.dialog.close();
    } catch {
      this.problem.textContent = t("Not saved. What you typed is still here: please try again.");
      this.problem.hidden = false;
    } finally {
      this.button.disabled = false;
    }
    return undefined;
  }

  refuse(errors) {
    const loose = [];
    for (const [name, text] of Object.entries(errors)) {
      const one = this.inputs.find(({ input }) => input.name === name);
      if (one) this.mark(one, text);
      else loose.push(text);
    }
    this.problem.textContent = loose.join(" ");
    this.problem.hidden = !loose.length;
    this.inputs.find(({ input }) => input.name in errors)?.control.focus();
  }

  keep() {
    if (this.isDone) this.kept.delete(this.message);
    else if (this.inputs) this.kept.set(this.message, this.values());
    this.isDone = false;
  }
}
