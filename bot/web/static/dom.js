// Small builders for the DOM. Text is only ever set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  menu: ["M4 7h16M4 12h16M4 17h16"],
  close: ["M6 6l12 12M18 6L6 18"],
  search: ["M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "M20.500 20.500L16 16"],
  send: ["M4.500 12L3 4.500 21 12 3 19.500 4.500 12zM4.500 12H12"],
  reply: ["M4 5h16v11H9.500L5 20v-4H4z"],
  copy: ["M9 9h10v11H9z", "M15 9V4H5v11h4"],
  eye: ["M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z", "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"],
  down: ["M12 5v14M6 13l6 6 6-6"],
  hash: ["M9.500 4L7.500 20M16.500 4l-2 16M4.500 9h16M3.500 15h16"],
  sun: ["M12 16.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9z", "M12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400"],
  moon: ["M20 14.500A8.300 8.300 0 0 1 9.500 4a8.300 8.300 0 1 0 10.500 10.500z"],
  auto: ["M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17z", "M12 3.500v17"],
  retry: ["M19.500 12a7.500 7.500 0 1 1-2.200-5.300L20 9.400", "M20 4v5.400h-5.400"],
  edit: ["M4 20h4L19.500 8.500l-4-4L4 16z"],
  form: ["M5 3.500h14v17H5z", "M8.500 8.500h7M8.500 12.500h7M8.500 16.500h4"],
  at: ["M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z", "M15.500 8.500v5a2.500 2.500 0 0 0 5 0V12a8.500 8.500 0 1 0-3.500 6.900"],
  calendar: ["M4 6h16v14H4z", "M4 10.500h16M8.500 3.500V7M15.500 3.500V7"],
  check: ["M5 12.500l4.500 4.500L19 7.500"],
  up: ["M7 14l5-5 5 5"],
};

/** Make an element: properties by name, `class`, `on…` listeners, `data` and ARIA; children are nodes or text. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name in node && !name.startsWith("aria-")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** Draw one of our icons. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  for (const shape of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", shape);
    svg.append(path);
  }
  return svg;
}

/** Put the icons that the template asks for. */
export function placeIcons() {
  for (const node of document.querySelectorAll("[data-icon]")) node.prepend(icon(node.dataset.icon));
}

/** Show a passing line; a failure stays longer. */
export function toast(text, { isBad = false } = {}) {
  const line = el("div", { class: isBad ? "toast is-bad" : "toast" }, text);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.classList.add("is-leaving"), isBad ? 7000 : 4000);
  setTimeout(() => line.remove(), isBad ? 7400 : 4400);
}

const CJK = /[\u3400-\u9fff]/;

/** Give the letters that stand for a name: two Chinese characters, or one Latin letter. */
export function initials(name) {
  const plain = name.replace(/[(（].*$/, "").trim() || name;
  return CJK.test(plain) ? [...plain].slice(-2).join("") : ([...plain][0] ?? "?").toUpperCase();
}

/** Draw a person's badge, in a colour of their own. */
export function badge(account, name) {
  let sum = 0;
  for (const letter of account) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return el("span", { class: `badge tone-${sum % 8}`, "aria-hidden": "true" }, initials(name));
}

/** Draw the bot's badge. */
export function drum() {
  return el("img", { class: "badge", src: "/static/drum.svg", alt: "" });
}
