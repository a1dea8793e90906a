// What this tab said and the server has not yet taken: grey, then sent, or red with a way to try again.
// Kept in the tab's storage, so that a reload loses no word.

import { newKey, write } from "./net.js";

const NAME = "drumbeat.outbox";
const PAUSES_MS = [800, 2000, 4000];

export class Outbox {
  /** `onChange(local)` is called whenever the fate of a message changes. */
  constructor(onChange) {
    this.onChange = onChange;
    this.locals = JSON.parse(sessionStorage.getItem(NAME) ?? "[]").filter(({ local }) => local !== "sent").map((local) => ({ ...local, local: "failed" }));
  }

  /** Send a message, trying a few times; it is taken once, for the key stays the same. */
  async send({ sender, chat, thread, nodes }) {
    const key = newKey();
    const local = { id: null, key, sender, chat, thread, body: { nodes }, at: new Date().toISOString(), is_private: false, is_edited: false, replies: 0, typed: Date.now() % 1e9, local: "sending" };
    this.locals.push(local);
    await this.retry(local);
  }

  async retry(local) {
    this.turn(local, "sending");
    for (let attempt = 0; ; attempt += 1) {
      try {
        await write("/playground/messages", { key: local.key, as: local.sender, chat: local.chat, ...(local.thread ? { thread: local.thread } : {}), nodes: local.body.nodes });
        return this.turn(local, "sent");
      } catch (failed) {
        const isWorthIt = failed.status === 0 || failed.status >= 500;
        if (!isWorthIt || attempt >= PAUSES_MS.length) return this.turn(local, "failed", failed.error);
        await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[attempt]));
      }
    }
  }

  turn(local, fate, error) {
    local.local = fate;
    this.save();
    if (this.locals.includes(local)) this.onChange(local, error);
  }

  /** Forget a message: the server showed it, or its writer took it back. */
  drop(key) {
    this.locals = this.locals.filter((local) => local.key !== key);
    this.save();
  }

  waitingIn(chat, thread, sender) {
    return this.locals.filter((local) => local.chat === chat && local.sender === sender && (local.thread ?? null) === (thread ?? null));
  }

  save() {
    sessionStorage.setItem(NAME, JSON.stringify(this.locals.slice(-50)));
  }
}
