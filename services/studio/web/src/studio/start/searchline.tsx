// How far a search is, and what can be done when it finds nothing.

import { Button } from "../../parts/buttons";
import { ErrorLine } from "../../parts/messages";
import { counted, number, t } from "../../texts/texts";
import type { Filters } from "./filters";
import { SCALE, stopSearch, type Search } from "./search";

interface SearchLineProps {
  filters: Filters;
  search: Search;
  onGoOn: () => void;
  onFurther: () => void;
}

export function SearchLine({ filters, search, onGoOn, onFurther }: SearchLineProps) {
  const { state } = search;
  const running = state === "measuring" || state === "searching";
  const [examined, of] = state === "measuring" ? [search.measured, SCALE] : [search.examined, filters.through];
  const short = state === "done" && search.found.length < filters.shown;
  return (
    <div class="search">
      <div class="row">
        <p role="status">{sentence(filters, search)}</p>
        {running ? (
          <>
            <progress value={examined} max={of} aria-label={t("start.progress")} />
            <span class="note">{t("start.examined", { examined: number(examined), of: number(of) })}</span>
            <Button onClick={stopSearch}>{t("start.stop")}</Button>
          </>
        ) : null}
        {state === "stopped" || state === "failed" ? <Button onClick={onGoOn}>{t("start.goOn")}</Button> : null}
        {short ? <Button onClick={onFurther}>{t("start.further")}</Button> : null}
      </div>
      {short && search.found.length === 0 ? <p class="note">{t("start.advice")}</p> : null}
      <ErrorLine text={search.failure} />
    </div>
  );
}

function sentence(filters: Filters, { state, found, examined }: Search): string {
  const values = { examined: number(examined), first: filters.first };
  if (state === "measuring") return t("start.state.measuring");
  if (state === "searching") return t("start.state.searching");
  if (state === "none") return t("state.loading");
  if (state === "failed") return t("state.failed");
  if (examined === 0) return t("start.state.stopped");
  return found.length === 0 ? t("start.found.none", values) : counted("start.found", found.length, values);
}
