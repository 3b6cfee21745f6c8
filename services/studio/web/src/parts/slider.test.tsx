import { render } from "preact";
import { afterEach, describe, expect, it, vi } from "vitest";

import { Slider } from "./slider";

const place = document.createElement("div");
document.body.append(place);
const settled: number[] = [];

function show(value: number) {
  render(
    <Slider label="size" value={value} range={{ from: -2, to: 2 }} step={0.1} rest={0} text={String(value)} onMove={() => undefined} onSettle={(next) => settled.push(next)} />,
    place,
  );
  return place.querySelector("input")!;
}

function change(input: HTMLInputElement, value: number) {
  input.value = String(value);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

describe("a slider", () => {
  afterEach(() => {
    vi.useRealTimers();
    settled.length = 0;
    render(null, place);
  });

  it("settles at once when a pointer lets it go", () => {
    const input = show(0);
    input.dispatchEvent(new Event("pointerdown", { bubbles: true }));
    change(input, 1);
    expect(settled).toEqual([1]);
  });

  it("settles once for keys that belong together", () => {
    vi.useFakeTimers();
    const input = show(0);
    for (const value of [0.1, 0.2, 0.3]) {
      input.dispatchEvent(new Event("keydown", { bubbles: true }));
      change(input, value);
      vi.advanceTimersByTime(100);
    }
    expect(settled).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(settled).toEqual([0.3]);
  });

  it("settles when it is left, or taken off the page, before the keys have rested", () => {
    vi.useFakeTimers();
    const input = show(0);
    input.dispatchEvent(new Event("keydown", { bubbles: true }));
    change(input, 0.4);
    input.dispatchEvent(new Event("blur"));
    expect(settled).toEqual([0.4]);
    change(input, 0.5);
    render(null, place);
    expect(settled).toEqual([0.4, 0.5]);
    vi.advanceTimersByTime(1000);
    expect(settled).toEqual([0.4, 0.5]);
  });
});
