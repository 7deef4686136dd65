import type { Captured, CapturedExchange } from "../lib/contract";
import { ago } from "./samples";

function exchange(n: number, part: Partial<CapturedExchange> = {}): CapturedExchange {
  const service = n % 3 === 0 ? "GetExtnumber" : "GetQueueSipStatus";
  return { at: ago(n), tookMs: 31 + ((n * 7) % 40), service, text: `${service}\n  number=100001\n  name=queue-1\nHTTP 200\n{"ret":"0","data":[{"state":"1212"}]}`, ...part };
}

/** An exchange of the maximum length, in one line. */
const longest = exchange(3, { tookMs: 2804, service: "GetQueueMemberInformationOfAllGroups", text: `{"ret":"0","data":"${"客户 13387525701 \u202e".repeat(2600)}"}` });

const captures: Record<string, Captured> = {
  exchanges: { on: true, count: 200, exchanges: Array.from({ length: 50 }, (_, n) => (n === 2 ? longest : exchange(n + 1))) },
  "exchanges-off": { on: false, count: 4, exchanges: [1, 1, 2, 3].map((n) => exchange(n)) },
  "exchanges-none": { on: true, count: 0, exchanges: [] },
};

/** The recorded exchanges of the scenario in the address. */
export function scriptedCapture(): Captured {
  return captures[location.hash.slice(1).split("?")[0] ?? ""] ?? { on: false, count: 0, exchanges: [] };
}
