// The playground's page: who I am, where I look, what happens there. Wires the other modules.

import { dayOf, face, now, setClock } from "./clock.js";
import { Composer } from "./composer.js";
import { badge, drum, el, icon, placeIcons, toast } from "./dom.js";
import { FormDialog } from "./form.js";
import { Jump } from "./jump.js";
import { MessageList } from "./messages.js";
import { Failed, isOfThisTab, newKey, read, readState, Stream, write } from "./net.js";
import { Outbox } from "./outbox.js";
import { currentLanguage, roleName, speak, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const THEMES = ["", "light", "dark"];
const FRESH_MS = 60000;
const address = new URL(location.href);
const memory = {
  get: (name) => localStorage.getItem(`drumbeat.${name}`),
  set: (name, value) => localStorage.setItem(`drumbeat.${name}`, value),
};

let state = null;
let chat = null;
let thread = null;

// --- what is drawn how -------------------------------------------------------------------------------------

const ink = (message) => ({
  me: state.me,
  people: state.people,
  bots: state.bot_names,
  press: (button, node) => press(button, message, node),
  open: (form) => forms.open(form, message.id),
  fill: (text) => (message.thread ? threadComposer : composer).fill(text),
});
const deps = {
  ink,
  onThread: (message) => openThread(message.thread ?? message.id),
  onDismiss: (message) => attempt(() => write("/playground/dismiss", { as: state.me, message: message.id })),
  onRetry: (local) => outbox.retry(outbox.locals.find((one) => one.key === local.key)),
  onEdit: (local) => {
    outbox.drop(local.key);
    (local.thread ? threadComposer : composer).fill(local.body.nodes.map((node) => (typeof node === "string" ? node : `@${node.name}`)).join(""));
    refill();
  },
};
const log = new MessageList($("log"), {
  ...deps,
  empty: emptyRoom,
  onFar: (isFar, isNews) => { if (!isFar) $("to-end").hidden = true; else if (isNews) $("to-end").hidden = false; },
});
const threadLog = new MessageList($("thread-log"), deps, { hasThreads: false });
const composer = new Composer($("composer"), composing(() => null));
const threadComposer = new Composer($("thread-composer"), composing(() => thread));
const forms = new FormDialog($("form"), { people: () => state.people, submit });
const jump = new Jump($("jump"), { targets });
const outbox = new Outbox((local, error) => {
  listOf(local)?.upsert({ ...local });
  if (error) toast(error[currentLanguage()] ?? t("Not sent."), { isBad: true });
});
const stream = new Stream({ onEvent, onClock: showClock, onState: showConnection });

function composing(threadNow) {
  return {
    people: () => state.people,
    commands: () => state.commands,
    botNames: () => state.bot_names,
    onSend: (nodes) => outbox.send({ sender: state.me, chat, thread: threadNow(), nodes }),
    lastSaid: () => {
      const mine = (threadNow() ? threadLog : log).entries.map((entry) => entry.message).filter((one) => one.sender === state.me);
      return mine.at(-1)?.body.nodes?.map((node) => (typeof node === "string" ? node : `@${node.name}`)).join("");
    },
  };
}

function listOf(message) {
  if (message.chat !== chat || (message.local && message.sender !== state.me)) return null;
  if (!message.thread) return log;
  return message.thread === thread ? threadLog : null;
}

// --- beginning, and changing who one is --------------------------------------------------------------------

async function begin(account) {
  const wanted = { as: account ?? address.searchParams.get("as") ?? memory.get("as"), language: memory.get("language") };
  try {
    state = await readState(wanted);
  } catch (failed) {
    showConnection(false);
    setTimeout(() => begin(account), 1500);
    return;
  }
  memory.set("as", state.me ?? "");
  showClock(state.clock);
  speak(state.language);
  speakEverywhere();
  const asked = chat ?? address.searchParams.get("chat") ?? memory.get(`chat.${state.me}`);
  const group = asked && !asked.startsWith("dm-") ? asked : null;
  const own = (asked ? state.chats[0] : state.chats.find((one) => one.kind === "group") ?? state.chats[0])?.chat;
  if (!state.me) return showNobody();
  for (const one of state.chats) if (!memory.get(`seen.${state.me}.${one.chat}`)) memory.set(`seen.${state.me}.${one.chat}`, one.newest);
  stream.open(state.me, state.step);
  await openChat(state.chats.some((one) => one.chat === group) ? group : own, { thread: address.searchParams.get("thread") });
}

function showNobody() {
  $("room-title").textContent = t("Nobody is here yet.");
}

async function become(account) {
  $("people").hidePopover?.();
  closeThread();
  await begin(account);
  composer.focus();
}

function speakEverywhere() {
  $("language").textContent = currentLanguage() === "zh" ? "EN" : "中";
  $("jump-key").textContent = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘K" : "Ctrl K";
  composer.speak();
  threadComposer.speak();
  showMe();
  showChats();
  showTheme();
}

async function switchLanguage() {
  const language = currentLanguage() === "zh" ? "en" : "zh";
  memory.set("language", language);
  speak(language);
  speakEverywhere();
  showHead();
  log.redraw();
  threadLog.redraw();
  await attempt(() => write("/playground/language", { as: state.me, language, key: newKey() }));
  await attempt(async () => { state.commands = (await readState({ as: state.me, language })).commands; });
}

// --- chats -------------------------------------------------------------------------------------------------

const titleOf = (one) => (one.kind === "direct" ? t("Drumbeat") : (one.title ?? one.chat));
const isUnread = (one) => one.chat !== chat && Number(one.newest) > Number(memory.get(`seen.${state.me}.${one.chat}`) ?? 0);

function showChats() {
  const entry = (one) => {
    const open = () => { closeRail(); openChat(one.chat); };
    const isHere = one.chat === chat;
    return el("button", { type: "button", class: `chat${isHere ? " is-here" : ""}${isUnread(one) ? " is-unread" : ""}`, data: { chat: one.chat }, "aria-current": isHere ? "true" : null, onclick: open },
      one.kind === "direct" ? drum() : icon("hash"), el("span", { class: "chat-title" }, titleOf(one)),
      isUnread(one) ? el("span", { class: "dot", role: "img", "aria-label": t("Unread") }) : null);
  };
  const section = (label, chats) => (chats.length ? [el("h2", {}, label), ...chats.map(entry)] : []);
  $("chats").replaceChildren(
    ...section(t("Direct"), state.chats.filter((one) => one.kind === "direct")),
    ...section(t("Groups"), state.chats.filter((one) => one.kind === "group")));
}

function showHead() {
  const here = state.chats.find((one) => one.chat === chat);
  if (!here) return;
  const isDirect = here.kind === "direct";
  $("room-title").replaceChildren(isDirect ? drum() : icon("hash"), titleOf(here));
  $("room-about").textContent = isDirect ? t("Your direct chat with the bot: no mention is needed here.") : t("{n} people. Mention @Drumbeat to speak to the bot.", { n: state.people.length });
  const example = t("task add Key visual @Ann Fri !high #design");
  composer.move(chat, isDirect ? t("For example: {example}", { example }) : t("For example: @Drumbeat {example}", { example }));
}

async function openChat(wanted, { thread: root = null } = {}) {
  chat = wanted;
  closeThread();
  memory.set(`chat.${state.me}`, chat);
  log.clear();
  $("to-end").hidden = true;
  showHead();
  await attempt(async () => {
    const page = await read(`/playground/chats/${encodeURIComponent(wanted)}/messages`, { as: state.me });
    if (chat !== wanted) return;
    settle(page.messages);
    log.fill(page.messages, { older: olderThan(page, wanted) });
    addWaiting(log, null);
    for (const message of page.messages) markSeen(message);
  });
  markRead();
  remember();
  if (root) await openThread(root);
  else if (matchMedia("(hover: hover)").matches) composer.focus();
}

function olderThan(page, wanted) {
  if (!page.is_more) return null;
  return () => attempt(async () => {
    const older = await read(`/playground/chats/${encodeURIComponent(wanted)}/messages`, { as: state.me, before: page.messages[0].id });
    if (chat === wanted) log.prepend(older.messages, { older: olderThan(older, wanted) });
  });
}

function settle(messages) {
  for (const message of messages) if (message.key) outbox.drop(message.key);
}

function addWaiting(list, root) {
  for (const local of outbox.waitingIn(chat, root, state.me)) list.upsert({ ...local });
}

function refill() {
  const gone = (entry) => entry.message.local && !outbox.locals.some((local) => local.key === entry.message.key);
  for (const list of [log, threadLog]) {
    for (const entry of list.entries.filter(gone)) entry.node.remove();
    list.entries = list.entries.filter((entry) => !gone(entry));
    list.arrange();
  }
}

function markSeen(message) {
  const here = state.chats.find((one) => one.chat === message.chat);
  if (here && message.sender !== state.me && Number(message.id) > Number(here.newest)) here.newest = message.id;
}

function markRead() {
  const here = state.chats.find((one) => one.chat === chat);
  if (here && document.visibilityState === "visible") memory.set(`seen.${state.me}.${chat}`, here.newest);
  showChats();
}

function emptyRoom() {
  const isDirect = chat?.startsWith("dm-");
  const examples = [t("task add Key visual @Ann Fri !high #design"), t("tasks overdue"), t("help task")];
  return el("div", { class: "empty" }, el("img", { src: "/static/drum.svg", alt: "", width: 56, height: 56 }),
    el("h2", {}, t("Nothing was said here yet.")),
    el("p", {}, isDirect ? t("Say what is to be done, by whom and until when:") : t("Mention the bot, and say what is to be done:")),
    examples.map((example) => {
      const text = isDirect ? example : `@${t("Drumbeat")} ${example}`;
      return el("button", { type: "button", class: "example", onclick: () => composer.fill(text) }, text);
    }));
}

// --- threads -----------------------------------------------------------------------------------------------

async function openThread(root) {
  if (!root) return;
  thread = root;
  $("thread").hidden = false;
  document.body.classList.add("has-thread");
  threadLog.clear();
  threadComposer.move(`${chat}/${root}`, t("Answer in the thread"));
  $("thread-about").textContent = titleOf(state.chats.find((one) => one.chat === chat));
  remember();
  await attempt(async () => {
    const page = await read(`/playground/threads/${encodeURIComponent(root)}`, { as: state.me });
    if (thread !== root) return;
    settle(page.messages);
    threadLog.fill([page.root, ...page.messages]);
    addWaiting(threadLog, root);
  });
  if (matchMedia("(hover: hover)").matches) threadComposer.focus();
}

function closeThread() {
  thread = null;
  $("thread").hidden = true;
  document.body.classList.remove("has-thread");
  if (state) remember();
}

function remember() {
  const now = new URL(location.pathname, location.origin);
  for (const [name, value] of [["as", state.me], ["chat", chat], ["thread", thread]]) if (value) now.searchParams.set(name, value);
  history.replaceState(null, "", now);
}

// --- what happens ------------------------------------------------------------------------------------------

function onEvent(name, { message, root }) {
  if (name === "reset") return begin(state.me);
  if (name === "removed") {
    log.remove(message.id);
    threadLog.remove(message.id);
    return undefined;
  }
  if (message.key) outbox.drop(message.key);
  if (root && root.chat === chat && log.find(root.id)) log.upsert(root);
  if (message.id === thread && !message.thread) threadLog.upsert(message);
  listOf(message)?.upsert(message);
  if (name !== "edited") markSeen(message);
  markRead();
  if (name === "form" && message.body.reply.form) offerForm(message);
  return undefined;
}

/** Open a form that was asked for in this tab, just now. */
function offerForm(message) {
  const isMine = !message.body.opens || isOfThisTab(message.body.opens);
  const isFresh = now() - new Date(message.at) < FRESH_MS;
  if (isMine && isFresh && !document.querySelector("dialog[open]")) forms.open(message.body.reply.form, message.id);
}

async function press(button, message, node) {
  node.disabled = true;
  node.classList.add("is-busy");
  const payload = { key: newKey(), as: state.me, message: message.id, command: button.command, args: button.args, version: button.version, mac: button.mac };
  await attempt(async () => show(await write("/playground/press", payload), message));
  node.disabled = false;
  node.classList.remove("is-busy");
}

async function submit(form, id, values) {
  const payload = { key: newKey(), as: state.me, message: id, command: form.command, args: form.args, version: form.version, mac: form.mac, values };
  const { answer } = await write("/playground/submit", payload);
  if (answer?.type === "formerrors") return { errors: answer.errors };
  show({ answer }, log.find(id)?.message ?? null);
  return {};
}

/** Show what rode in the acknowledgement. */
function show({ answer }, message) {
  if (answer?.type === "toast") toast(answer.text);
  if (answer?.type === "formerrors") toast(Object.values(answer.errors).join(" "), { isBad: true });
  if (answer?.type !== "cardnow") return;
  if (answer.toast) toast(answer.toast);
  if (message) for (const list of [log, threadLog]) if (list.find(message.id)) list.upsert({ ...message, body: { ...message.body, reply: answer.reply } });
}

async function attempt(act) {
  try {
    await act();
  } catch (failed) {
    if (!(failed instanceof Failed)) throw failed;
    toast(failed.error?.[currentLanguage()] ?? t("The server cannot be reached. Nothing was saved; please try again."), { isBad: true });
  }
}

let offlineSoon = 0;
function showConnection(isOpen) {
  clearTimeout(offlineSoon);
  if (isOpen) $("offline").hidden = true;
  else offlineSoon = setTimeout(() => { $("offline").hidden = false; }, 700);
}

// --- the clock that races ----------------------------------------------------------------------------------

let told = null;

/** Show the clock; a press stops it, and has it race on. */
function showClock(clock) {
  const isNewDay = clock && told && dayOf(new Date(clock.at)) !== dayOf(new Date(told.at));
  const ends = clock?.pace === "over" && told?.pace === "racing";
  told = clock;
  setClock(clock);
  $("clock").hidden = !clock;
  if (!clock) return;
  const isHeld = clock.pace === "held";
  $("clock").dataset.pace = clock.pace;
  $("clock").disabled = clock.pace === "over";
  $("clock").setAttribute("aria-label", clock.pace === "over" ? t("The race is over") : isHeld ? t("Let the clock race") : t("Stop the clock"));
  $("clock").title = $("clock").getAttribute("aria-label");
  $("clock-mark").textContent = { racing: "❚❚", held: "▶", over: "■" }[clock.pace];
  $("clock-face").textContent = face(new Date(clock.at));
  $("clock-face").dateTime = clock.at;
  if (isNewDay) for (const list of [log, threadLog]) list.arrange();
  if (ends) toast(t("The race is over. From here the clock goes at its usual pace; try whatever you like."));
}

function holdClock() {
  return attempt(() => write("/playground/clock", { as: state.me, is_held: told.pace === "racing" }));
}

// --- the frame ---------------------------------------------------------------------------------------------

function showMe() {
  const me = state.people.find((one) => one.account === state.me);
  if (!me) return;
  $("me").replaceChildren(badge(me.account, me.name), el("span", { class: "me-name" }, el("b", {}, me.name), el("small", {}, roleName(me.role))), icon("up"));
  $("people").replaceChildren(el("h2", {}, t("Speak as")), ...state.people.map((one) =>
    el("button", { type: "button", class: one.account === state.me ? "person is-me" : "person", data: { account: one.account }, onclick: () => become(one.account) },
      badge(one.account, one.name), el("b", {}, one.name), el("span", {}, roleName(one.role)), one.account === state.me ? icon("check") : null)));
}

function showTheme() {
  const theme = document.documentElement.dataset.theme ?? "";
  $("theme").replaceChildren(icon({ "": "auto", light: "sun", dark: "moon" }[theme]));
}

function nextTheme() {
  const theme = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme ?? "") + 1) % THEMES.length];
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  memory.set("theme", theme);
  showTheme();
}

function targets() {
  return [
    ...state.chats.map((one) => ({ name: titleOf(one), note: one.kind === "direct" ? t("Direct") : t("Groups"), look: one.kind === "direct" ? drum() : icon("hash"), go: () => openChat(one.chat) })),
    ...state.people.filter((one) => one.account !== state.me).map((one) => ({ name: one.name, note: t("Speak as"), look: badge(one.account, one.name), go: () => become(one.account) })),
  ];
}

function openRail() {
  document.body.classList.add("has-rail");
  $("veil").hidden = false;
}

function closeRail() {
  document.body.classList.remove("has-rail");
  $("veil").hidden = true;
}

function onKey(event) {
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    jump.toggle();
  } else if (event.key === "/" && !isTyping && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    (thread ? threadComposer : composer).focus();
  } else if (event.key === "Escape" && !document.querySelector("dialog[open], [popover]:popover-open")) {
    if (document.body.classList.contains("has-rail")) closeRail();
    else if (thread) { closeThread(); composer.focus(); }
  }
}

placeIcons();
document.addEventListener("keydown", onKey);
document.addEventListener("visibilitychange", () => { if (state && document.visibilityState === "visible") markRead(); });
$("clock").addEventListener("click", holdClock);
$("language").addEventListener("click", switchLanguage);
$("theme").addEventListener("click", nextTheme);
$("menu").addEventListener("click", openRail);
$("veil").addEventListener("click", closeRail);
$("jump-open").addEventListener("click", () => { closeRail(); jump.toggle(); });
$("to-end").addEventListener("click", () => log.toEnd());
$("thread-close").addEventListener("click", () => { closeThread(); composer.focus(); });
speak(document.documentElement.lang.startsWith("zh") ? "zh" : "en");
await begin();
