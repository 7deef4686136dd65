import type { Component } from "svelte";
import { expect, test } from "vitest";
import { Lazy } from "./lazy.svelte";

const view = (() => ({})) as unknown as Component<object>;

test("a view is loaded once, when it is asked for", async () => {
  let loads = 0;
  const lazy = new Lazy(() => {
    loads += 1;
    return Promise.resolve({ default: view });
  });
  expect([lazy.loaded, loads]).toEqual([false, 0]);
  await lazy.load();
  await lazy.load();
  expect([lazy.loaded, loads, lazy.component]).toEqual([true, 1, view]);
});

test("a view that cannot be loaded throws where it would be drawn, until a later attempt succeeds", async () => {
  let fails = true;
  const lazy = new Lazy<object>(() => (fails ? Promise.reject(new Error("gone")) : Promise.resolve({ default: view })));
  await lazy.load();
  expect(lazy.loaded).toBe(false);
  expect(() => lazy.component).toThrow("gone");
  fails = false;
  await lazy.load();
  expect(lazy.component).toBe(view);
});
