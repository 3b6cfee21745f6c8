// Pictures to choose from: one stop of the Tab key, arrow keys from picture to picture, more as one scrolls.

import { useEffect, useRef, useState } from "preact/hooks";

import { Button } from "../../parts/buttons";
import { Thumbnail } from "../../images/small";
import type { Recipe } from "../../protos/mammoganesis/v1/latents_pb";
import { seedOf } from "../../state/recipe";
import { served, smallResolution } from "../../state/served";
import { state } from "../../state/store";
import { t } from "../../texts/texts";
import { columnsOf, placeAfter } from "./moves";

export interface Choosable {
  readonly recipe: Recipe;
  readonly name: string;
  readonly measures: string; // "" where none are looked at
}

interface GridProps {
  pictures: readonly Choosable[];
  onChoose: (recipe: Recipe) => void;
  onMore: (() => void) | null; // null while there are none, or they are on their way
  moreText: string;
  scrolls: boolean; // whether scrolling to the end asks for more
}

export function Grid({ pictures, onChoose, onMore, moreText, scrolls }: GridProps) {
  const list = useRef<HTMLUListElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState(() => Math.max(0, pictures.findIndex(({ recipe }) => seedOf(recipe) === seedOf(state.peek().recipe))));
  const here = Math.min(place, Math.max(0, pictures.length - 1));
  const buttons = () => [...(list.current?.querySelectorAll("button") ?? [])];

  useEffect(() => {
    if (here > 0) buttons()[here]?.scrollIntoView({ block: "nearest" }); // back from an image to the picture it was chosen by
  }, []);

  useEffect(() => {
    if (!onMore || !scrolls || !end.current) return;
    const observer = new IntersectionObserver((entries) => {
      if (window.scrollY > 0 && entries.some((entry) => entry.isIntersecting)) onMore();
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [pictures.length, onMore !== null, scrolls]);

  const onKeyDown = (event: KeyboardEvent) => {
    const all = buttons();
    const size = { columns: columnsOf(all.map(({ offsetTop }) => offsetTop)), count: all.length };
    const there = placeAfter(event.key, here, size, document.documentElement.dir === "rtl");
    if (there === null || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    setPlace(there);
    all[there]?.focus();
  };

  return (
    <>
      <ul class="seeds" ref={list} aria-label={t("start.pictures")} onKeyDown={onKeyDown}>
        {pictures.map(({ recipe, name, measures }, position) => (
          <li key={name}>
            <button type="button" tabIndex={position === here ? 0 : -1} onFocus={() => setPlace(position)} onClick={() => onChoose(recipe)}>
              {served.value ? <Thumbnail recipe={recipe} resolution={smallResolution.value} alt="" /> : <Waiting />}
              <span class="name">{name}</span>
              {measures ? <span class="measures">{measures}</span> : null}
            </button>
          </li>
        ))}
      </ul>
      <div class="row more" ref={end}>
        {onMore ? <Button onClick={onMore}>{moreText}</Button> : null}
      </div>
    </>
  );
}

function Waiting() {
  return (
    <span class="thumbnail" aria-busy="true">
      <span class="skeleton">{t("state.loading")}</span>
    </span>
  );
}
