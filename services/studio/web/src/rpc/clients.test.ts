import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  document.head.innerHTML = "";
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("calls go to addresses beside the page, whatever path it stands under", async () => {
  document.head.innerHTML = '<base href="http://localhost/under/a/path/page">';
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (address: string) => {
    asked.push(String(address));
    throw new TypeError("no server here");
  });
  vi.resetModules();
  const { samplingService } = await import("./clients"); // reads the page's address when it is loaded
  await expect(samplingService.sample({})).rejects.toThrow("no server here");
  expect(asked).toEqual(["http://localhost/under/a/path/mammoganesis.v1.SamplingService/Sample"]);
});
