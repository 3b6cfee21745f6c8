import { expect, it } from "vitest";

import { columnsOf, placeAfter } from "./moves";

const size = { columns: 4, count: 10 };

it("goes by arrow keys through rows and columns and stays within them", () => {
  expect(placeAfter("ArrowRight", 3, size)).toBe(4);
  expect(placeAfter("ArrowLeft", 0, size)).toBe(0);
  expect(placeAfter("ArrowDown", 1, size)).toBe(5);
  expect(placeAfter("ArrowDown", 7, size)).toBe(7);
  expect(placeAfter("ArrowUp", 9, size)).toBe(5);
  expect(placeAfter("Home", 9, size)).toBe(0);
  expect(placeAfter("End", 0, size)).toBe(9);
  expect(placeAfter("Enter", 0, size)).toBeNull();
  expect(placeAfter("Tab", 0, size)).toBeNull();
});

it("follows the eye where one reads from the right, one column included", () => {
  expect(placeAfter("ArrowRight", 4, size, true)).toBe(3);
  expect(placeAfter("ArrowLeft", 4, size, true)).toBe(5);
  expect(placeAfter("ArrowDown", 4, { columns: 1, count: 10 }, true)).toBe(5);
});

it("counts columns by what stands at one height", () => {
  expect(columnsOf([10, 10, 10, 80, 80])).toBe(3);
  expect(columnsOf([])).toBe(1);
});
