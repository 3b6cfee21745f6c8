import { expect, test } from "vitest";

import { hostOf } from "./host";

test.each([
  ["ipv4:10.0.0.7", "10.0.0.7"],
  ["ipv6:%5B2001:db8::1%5D", "2001:db8::1"],
  ["https://login.example.org|ipv4:7", "https://login.example.org|ipv4:7"],
  ["", ""],
])("%s is shown as %s", (caller, shown) => {
  expect(hostOf(caller)).toBe(shown);
});
