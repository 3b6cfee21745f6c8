import { expect, test } from "vitest";

test("calls go to addresses beside the page, whatever path it stands under", async () => {
  document.head.innerHTML = '<base href="http://localhost/under/a/path/page">';
  const asked: string[] = [];
  globalThis.fetch = async (address) => {
    asked.push(String(address));
    throw new TypeError("no server here");
  };
  const { samplingService } = await import("./clients"); // reads the page's address when it is loaded
  await expect(samplingService.sample({})).rejects.toThrow("no server here");
  expect(asked).toEqual(["http://localhost/under/a/path/mammoganesis.v1.SamplingService/Sample"]);
});
