// Talking with the server: requests that carry the token, and the live stream.

let token = document.querySelector('meta[name="drumbeat-token"]').content;

/** A request that did not succeed; `status` is 0 when the server was not reached. */
export class Failed extends Error {
  constructor(status, error) {
    super(error?.code ?? "unreachable");
    this.status = status;
    this.error = error;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(15000) });
  } catch {
    throw new Failed(0);
  }
  let answer = null;
  try {
    answer = await response.json();
  } catch {
    throw new Failed(response.status);
  }
  if (!response.ok) throw new Failed(response.status, answer.error);
  return answer;
}

/** Read. Parameters that are null are left out. */
export function read(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined));
  return ask(`${path}?${query}`, {});
}

/** Read the state, and take over its token: after a restart the old one is worth nothing. */
export async function readState(parameters) {
  const state = await read("/playground/state", parameters);
  token = state.token;
  return state;
}

/** Write. A token that is out of date is fetched anew, once. */
export async function write(path, payload) {
  const send = () =>
    ask(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Drumbeat-Token": token },
      body: JSON.stringify(payload),
    });
  try {
    return await send();
  } catch (failed) {
    if (failed.error?.code !== "wrong_token") throw failed;
    await readState({ as: payload.as });
    return await send();
  }
}

/** Make the key of one act; the same key is sent at each try. */
const tab = crypto.getRandomValues(new Uint32Array(2)).join("-");
let acts = 0;
export const newKey = () => `${tab}-${Date.now().toString(36)}-${++acts}`;
export const isOfThisTab = (key) => key.startsWith(`${tab}-`);

/** Listen to what happens, for ever: reconnects by itself and goes on where it stopped. */
export class Stream {
  constructor({ onEvent, onClock, onState }) {
    this.onEvent = onEvent;
    this.onClock = onClock;
    this.onState = onState;
    this.source = null;
    this.step = 0;
    this.again = 0;
  }

  open(account, step) {
    this.close();
    this.account = account;
    this.step = step;
    this.connect();
  }

  connect() {
    const source = new EventSource(`/playground/events?${new URLSearchParams({ as: this.account, after: this.step })}`);
    this.source = source;
    source.onopen = () => this.onState(true);
    source.onerror = () => {
      this.onState(false);
      if (source.readyState !== EventSource.CLOSED || source !== this.source) return;
      this.again = setTimeout(() => this.connect(), 1500);
    };
    source.addEventListener("clock", (event) => source === this.source && this.onClock(JSON.parse(event.data)));
    for (const name of ["new", "edited", "removed", "form", "reset"]) {
      source.addEventListener(name, (event) => {
        if (source !== this.source) return;
        this.step = Number(event.lastEventId);
        this.onEvent(name, JSON.parse(event.data));
      });
    }
  }

  close() {
    clearTimeout(this.again);
    this.source?.close();
    this.source = null;
  }
}
