import { expect, test } from "vitest";

import { firstPage } from "./going";

const pages = { studio: ["learner", "educator"], cases: ["educator"], verify: ["reader", "learner", "educator"], lti: ["operator"] };

test("somebody begins at the first page that is for their roles", () => {
  expect(firstPage({ roles: ["educator"], pages })).toBe(".");
  expect(firstPage({ roles: ["reader"], pages })).toBe("verify");
  expect(firstPage({ roles: [], pages })).toBe("");
});
