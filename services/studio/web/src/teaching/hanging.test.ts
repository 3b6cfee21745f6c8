import { describe, expect, it } from "vitest";

import { Side } from "../protos/mammoganesis/v1/images_pb";
import { viewFor } from "./hanging";

const { LEFT, RIGHT, UNSPECIFIED } = Side;
const layoutOf = (...sides: Side[]) => viewFor(sides.map((side) => ({ side }))).layout;

describe("a case hangs", () => {
  it("back to back where it has both sides, side by side where it has one", () => {
    expect(layoutOf(RIGHT, LEFT)).toBe("hanging2");
    expect(layoutOf(LEFT, RIGHT)).toBe("hanging2");
    expect(layoutOf(RIGHT, RIGHT)).toBe("pair");
    expect(layoutOf(UNSPECIFIED, UNSPECIFIED)).toBe("hanging2");
  });

  it("alone, or in two rows", () => {
    expect(layoutOf()).toBe("single");
    expect(layoutOf(RIGHT)).toBe("single");
    expect(layoutOf(RIGHT, LEFT, RIGHT)).toBe("hanging4");
    expect(layoutOf(RIGHT, LEFT, RIGHT, LEFT)).toBe("hanging4");
  });
});
