// The screen on which an image is chosen: pictures of seeds, all of them or those that measure as wished.

import { useEffect, useLayoutEffect } from "preact/hooks";

import "./start.css";
import { pointed } from "../../parts/pointer";
import type { Recipe } from "../../protos/mammoganesis/v1/latents_pb";
import { drawnOf } from "../../state/labels";
import { recipeOfSeed } from "../../state/recipe";
import { drawnLabels, editing, labelFields, served } from "../../state/served";
import { look, settle, state } from "../../state/store";
import { originText } from "../../state/words";
import { t } from "../../texts/texts";
import { FilterFields } from "./filterfields";
import { filtersOf, filtersText, isMeasured, MOST, PAGE, seedsInARow, STRETCH, withMore, type Filters } from "./filters";
import { Grid, type Choosable } from "./grid";
import { measuresText } from "./measures";
import { search, searchFor, stopSearch } from "./search";
import { SearchLine } from "./searchline";
import type { Found } from "./thirds";

export function StartScreen() {
  const { start, expert } = state.value;
  const maxSeed = editing.value.maxSeed || 2 ** 32 - 1; // before the model is known
  const filters = filtersOf(start, labelFields.value, maxSeed);
  const measured = isMeasured(filters);
  const digest = served.value?.model.bundleDigest;
  useLayoutEffect(() => searchFor(filters), [start, digest]); // before anything is drawn: what an earlier search found is no answer to this one
  useEffect(() => stopSearch, []);

  const show = (next: Filters, push = true) => look({ start: filtersText(next) }, push);
  const found: readonly Found[] = measured ? search.value.found : seedsInARow(filters, maxSeed).map((seed) => ({ seed, measures: {} }));
  const pictures = found.map(({ seed, measures }): Choosable => ({
    recipe: imageOf(seed, filters),
    name: originText(recipeOfSeed(seed, drawnOf(drawnLabels(seed, filters.labels), filters.labels))),
    measures: measuresText(filters, measures),
  }));
  const last = found.at(-1)?.seed ?? filters.first;
  const full = found.length >= filters.shown && last < maxSeed;
  const busy = measured && search.value.state !== "done";
  const wholePage = filters.shown >= MOST;
  return (
    <section class="choosing" id="controls" tabIndex={-1} aria-labelledby="start-title">
      <h2 id="start-title">{t("start.title")}</h2>
      <p class="note">{pointed("start.how")}</p>
      <FilterFields filters={filters} expert={expert} onChange={(next, typed) => show(next, !typed)} onOpen={(seed) => choose(imageOf(seed, filters))} />
      {measured ? (
        <SearchLine
          filters={filters}
          search={search.value}
          onGoOn={() => searchFor(filters)}
          onFurther={() => show({ ...filters, through: filters.through + STRETCH }, false)}
        />
      ) : null}
      <Grid
        key={filtersText({ ...filters, shown: PAGE, through: STRETCH })}
        pictures={pictures}
        onChoose={choose}
        onMore={full && !busy ? () => show(withMore(filters, last + 1), wholePage) : null}
        moreText={t(wholePage ? "start.next" : "start.more")}
        scrolls={!wholePage}
      />
    </section>
  );
}

const imageOf = (seed: number, { labels }: Filters): Recipe => recipeOfSeed(seed, drawnLabels(seed, labels));

function choose(recipe: Recipe): void {
  settle(recipe, { screen: "edit" });
  window.scrollTo(0, 0);
}
