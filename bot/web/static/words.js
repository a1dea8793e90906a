// The page's words in both languages, so that switching needs no reload.

const all = JSON.parse(document.getElementById("words").textContent);
let language = "zh";

export const currentLanguage = () => language;
export const locale = () => (language === "zh" ? "zh-CN" : "en-GB");

/** Translate a msgid, and fill its {places}. */
export function t(msgid, values = {}) {
  const text = all[language]?.[msgid] ?? msgid;
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

/** Name a person's role. */
export function roleName(role) {
  switch (role) {
    case "admin": return t("Administrator");
    case "lead": return t("Lead");
    case "finance": return t("Finance");
    case "guest": return t("Guest");
    default: return t("Member");
  }
}

/** Speak this language from now on, in everything marked with data-t. */
export function speak(chosen) {
  language = chosen in all ? chosen : "en";
  document.documentElement.lang = locale();
  document.title = t("Drumbeat");
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-t-label]")) {
    node.setAttribute("aria-label", t(node.dataset.tLabel));
    if (node.matches("button")) node.title = t(node.dataset.tLabel);
  }
}
