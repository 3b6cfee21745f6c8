// The steps so far, with small pictures: one press goes back to any of them.

import { useEffect, useRef } from "preact/hooks";

import { Thumbnail } from "../images/small";
import { recipeOfText } from "../state/address";
import { smallResolution } from "../state/served";
import { goTo, history } from "../state/store";
import { stepText } from "../state/words";
import { t } from "../texts/texts";

const AROUND = 48; // steps drawn on either side of the current one: the list has no end

export function HistoryStrip() {
  const { entries, position } = history.value;
  const here = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const item = here.current;
    const list = item?.parentElement;
    if (item && list) list.scrollLeft = item.offsetLeft - (list.clientWidth - item.clientWidth) / 2;
  }, [position, entries.length]);
  if (entries.length < 2) return null;
  const first = Math.max(0, position - AROUND);
  return (
    <section class="history" aria-labelledby="history-title">
      <h2 class="title" id="history-title">
        {t("history.title")}
      </h2>
      <ol start={first + 1}>
        {entries.slice(first, position + AROUND + 1).map((entry, i) => {
          const place = first + i;
          const recipe = recipeOfText(entry);
          const before = entries[place - 1];
          const text = stepText(before === undefined ? null : recipeOfText(before), recipe);
          return (
            <li key={place} ref={place === position ? here : null}>
              <button type="button" aria-current={place === position ? "step" : undefined} onClick={() => goTo(place)}>
                <Thumbnail recipe={recipe} resolution={smallResolution.value} alt="" />
                <span class="unseen">{t("history.step", { number: place + 1, text: "" })}</span>
                <span class="step">{text}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
