// The time of the page: the real one in the zone of the browser, or a clock that races with all the demo.

import { locale } from "./words.js";

let raced = null;
const formats = new Map();

/** Take over what the server tells of its racing clock; null where there is none. */
export function setClock(told) {
  raced = told;
}

/** The instant that counts as now. */
export const now = () => (raced ? new Date(raced.at) : new Date());

/** Write an instant; formats are kept, for making one costs more than using it a thousand times. */
export function write(at, options) {
  const zoned = raced ? { ...options, timeZone: raced.zone } : options;
  const name = locale() + JSON.stringify(zoned);
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(locale(), zoned));
  return formats.get(name).format(at);
}

/** Give a number that is the same for all instants of a day, and one more for the next day. */
export function dayOf(at) {
  const [day, month, year] = ["day", "month", "year"].map((part) => Number(write(at, { [part]: "numeric" }).replace(/\D/g, "")));
  return Date.UTC(year, month - 1, day) / 86400000;
}

/** Write the instant as on a clock: 10-27 周一 09:30. */
export function face(at) {
  const two = (part) => write(at, { [part]: "2-digit" }).replace(/\D/g, "").padStart(2, "0");
  const time = write(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return `${two("month")}-${two("day")} ${write(at, { weekday: "short" })} ${time}`;
}
