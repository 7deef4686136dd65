export type Sort = { column: string; down: boolean };

/** The next order after a press on a column's title: upwards, then downwards. */
export function pressed(sort: Sort, column: string): Sort {
  return { column, down: sort.column === column ? !sort.down : false };
}

const words = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Sorts rows by a value; numbers before texts, rows without a value last in both directions. Equal rows keep their order. */
export function sorted<Row>(rows: readonly Row[], value: (row: Row) => string | number | null, down: boolean): Row[] {
  const valued = rows.map((row) => ({ row, by: value(row) }));
  valued.sort((one, other) => {
    if (one.by === null || other.by === null) return Number(one.by === null) - Number(other.by === null);
    const [a, b] = [one.by, other.by];
    const order = typeof a === "number" && typeof b === "number" ? a - b : words(String(a), String(b));
    return down ? -order : order;
  });
  return valued.map(({ row }) => row);
}

/** Whether one of these texts contains each word of the search, in any case. */
export function matches(search: string, texts: readonly (string | null)[]): boolean {
  const all = texts.filter((text) => text !== null).join("\n").toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}

/** Only the keys that rows still have: a row that is gone is not selected any more. */
export function still(selected: ReadonlySet<string>, keys: Iterable<string>): Set<string> {
  const all = new Set(keys);
  return new Set([...selected].filter((key) => all.has(key)));
}
