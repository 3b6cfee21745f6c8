"""How long a slider of the studio takes to be followed: by a preview and by the full image, in a real browser, for one
user and for several at once.

Each user has a browser tab of their own on one image and moves one slider 20 times, a step each time the last one has
been followed; times run from the browser's own input event to the frame in which the viewer has been given the pixels.
Before that the studio is opened by a link, in fresh profiles, until its first picture is there.
One system serves all of them.

    python bench/studio.py --bundle deploy/bundles/demo
"""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import click
import numpy as np
from playwright.async_api import Browser, Page, async_playwright
from serving import running_system

from mammoganesis.terminal.progress import progress

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-timer-throttling")
CHANGES = 20
OPENINGS = 7
# Moves the first slider of the panel to a share of its range and answers with the milliseconds until the stage shows
# the wished quality of just that.
MOVE = """async ([share, quality]) => {
    const stage = document.querySelector('[data-wanted]');
    const slider = document.querySelector('[role=tabpanel] input[type=range]');
    const value = Number(slider.min) + share * (Number(slider.max) - Number(slider.min));
    const begin = performance.now();
    const before = stage.dataset.wanted;
    slider.value = value;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    if (quality === 'full') slider.dispatchEvent(new Event('change', { bubbles: true }));
    return await new Promise((resolve) => {
        const look = () => {
            const { wanted, shown, quality: is } = stage.dataset;
            const isThere = wanted !== before && shown === wanted && (is === quality || is === 'full');
            if (isThere) resolve(performance.now() - begin);
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    });
}"""


async def opened(browser: Browser, address: str, user: int) -> Page:
    """A tab of one user, whose image is on the stage."""
    page = await (await browser.new_context(viewport={"width": 1440, "height": 900})).new_page()
    await page.goto(f"{address}/#screen=edit&seed={user}")
    while not await page.evaluate("document.querySelector('[data-wanted]')?.dataset.quality === 'full'"):
        await page.wait_for_timeout(50)
    await page.wait_for_selector("[role=tabpanel] input[type=range]")
    return page


async def first_picture(browser: Browser, address: str, seed: int) -> float:
    """Milliseconds from the opening of the studio by a link, nothing of it kept, to the first pixels of its image."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    begin = time.monotonic()
    await page.goto(f"{address}/#screen=edit&seed={seed}", wait_until="commit")
    await page.wait_for_selector(".still canvas, .viewer")
    seconds = time.monotonic() - begin
    await context.close()
    return 1000 * seconds


async def slide(page: Page, quality: str, user: int) -> list[float]:
    """Milliseconds of each of CHANGES moves to values that this user alone asks for, so that nothing is remembered."""
    shares = np.random.RandomState(user).permutation(np.linspace(0.02, 0.98, CHANGES)) + 1e-3 * user
    return [await page.evaluate(MOVE, [float(share), quality]) for share in shares]


async def measure(address: str, users: tuple[int, ...]) -> tuple[list[float], dict[tuple[int, str], list[float]]]:
    """Milliseconds of all openings, and of all moves by number of users and wished quality."""
    times: dict[tuple[int, str], list[float]] = {}
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if executable is None:
        raise click.ClickException("needs Chromium (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        openings = [await first_picture(browser, address, 10_000 + i) for i in range(OPENINGS)]
        with progress(2 * len(users), "timing", "round") as bar:
            for count in users:
                pages = [await opened(browser, address, 100 * count + user) for user in range(count)]
                for quality in ("preview", "full"):
                    moves = [slide(page, quality, 7 * i + (quality == "full")) for i, page in enumerate(pages)]
                    times[count, quality] = [one for some in await asyncio.gather(*moves) for one in some]
                    bar.update(1)
                for page in pages:
                    await page.context.close()
        await browser.close()
    return openings, times


@click.command()
@click.option("--bundle", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option(
    "--users", type=int, multiple=True, default=(1, 8), show_default=True, help="Users at once; may be repeated."
)
def main(bundle: Path, users: tuple[int, ...]) -> None:
    """Time from a slider's move to its preview and to its full image."""
    with running_system(bundle) as system:
        openings, times = asyncio.run(measure(f"http://{system.studio}", users))
    p50, most = np.median(openings), max(openings)
    print(f"studio: first picture {p50:.0f} ms after opening, at most {most:.0f} ms of {OPENINGS} (budget: 2000 ms)")
    print("studio: milliseconds from a slider's move to the pixels in the viewer")
    print("users  quality    p50    p95  moves")
    for (count, quality), milliseconds in times.items():
        p50, p95 = np.percentile(milliseconds, (50, 95), method="inverted_cdf")
        print(f"{count:5}  {quality:7} {p50:6.0f} {p95:6.0f}  {len(milliseconds):5}")
    alone, together = (times[count, "full"] for count in (users[0], users[-1]))
    print(f"full images, {users[-1]} users against {users[0]}: p50 ratio {np.median(together) / np.median(alone):.2f}")


if __name__ == "__main__":
    main()
