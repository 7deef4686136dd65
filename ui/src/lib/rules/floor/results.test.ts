import { expect, test } from "vitest";
import { succeeded } from "./results";

test("a change succeeded when it is confirmed, or accepted and cannot be confirmed", () => {
  const confirmed = { kind: "confirmed" } as const;
  const accepted = { kind: "accepted" } as const;
  expect(succeeded({ act: "addQueue", progress: confirmed, missing: 0 })).toBe(true);
  expect(succeeded({ act: "addQueue", progress: accepted, missing: 0 })).toBe(false);
  expect(succeeded({ act: "removeNumbers", progress: accepted, missing: 0 })).toBe(true);
  expect(succeeded({ act: "removeNumbers", progress: accepted, missing: 2 })).toBe(false);
});
