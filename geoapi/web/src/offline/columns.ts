/** Stations' records as columns, and back: what geoapi/queries/pack/columns.py does. */
import { FIELDS, type Column, type StationBlock } from "./format.ts";

const MOSTLY_NULL = 0.75;
const OFTEN_REPEATED = 0.6;

/** The value of each row of a column. */
export function valuesOf(column: Column, count: number): unknown[] {
  if ("c" in column) return new Array<unknown>(count).fill(column.c);
  if ("g" in column) {
    let at = 0;
    return column.g.map((gap) => (at += gap));
  }
  if ("s" in column) {
    const values = new Array<unknown>(count).fill(null);
    for (const [at, value] of column.s) values[at] = value;
    return values;
  }
  if ("d" in column) {
    const { d, i } = column;
    return i.map((at) => d[at]);
  }
  return column.v;
}

/** The rows of a block, each the values of `FIELDS` in their order. */
export function rowsOf(block: StationBlock): unknown[][] {
  if (block.count === 0) return [];
  const columns = FIELDS.map((field) => valuesOf(block.columns[field]!, block.count));
  return Array.from({ length: block.count }, (_, row) => columns.map((values) => values[row]));
}

/** A block of rows; their first value, the id, rises from row to row. */
export function blockOf(rows: readonly (readonly unknown[])[]): StationBlock {
  if (rows.length === 0) return { count: 0, columns: {} };
  const columns: Record<string, Column> = {};
  FIELDS.forEach((field, at) => {
    const values = rows.map((row) => row[at]);
    columns[field] = at === 0 ? gaps(values as number[]) : smallest(values);
  });
  return { count: rows.length, columns };
}

function gaps(numbers: readonly number[]): Column {
  return { g: numbers.map((number, at) => number - (at ? numbers[at - 1]! : 0)) };
}

function smallest(values: unknown[]): Column {
  const nulls = values.reduce<number>((sum, value) => sum + (value === null ? 1 : 0), 0);
  if (nulls === values.length) return { c: null };
  if (nulls >= MOSTLY_NULL * values.length) {
    return { s: values.flatMap((value, at): [number, unknown][] => (value === null ? [] : [[at, value]])) };
  }
  const places = new Map<unknown, number>();
  const different: unknown[] = [];
  const index = values.map((value) => {
    // lists are equal by what is in them
    const key = typeof value === "object" ? `[]${JSON.stringify(value)}` : value;
    let place = places.get(key);
    if (place === undefined) {
      place = different.push(value) - 1;
      places.set(key, place);
    }
    return place;
  });
  if (different.length === 1) return { c: different[0] };
  if (different.length <= OFTEN_REPEATED * values.length) return { d: different, i: index };
  return { v: values };
}
