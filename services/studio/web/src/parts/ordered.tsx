// A list that a person puts into order: by dragging its handle, with the finger too, or by its buttons.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { number, t } from "../texts/texts";

interface OrderedProps<Thing> {
  name: string;
  things: Thing[];
  idOf: (thing: Thing) => string;
  titleOf: (thing: Thing, place: number) => string;
  onMove: (from: number, to: number) => void;
  children: (thing: Thing, place: number) => ComponentChildren;
}

export function Ordered<Thing>({ name, things, idOf, titleOf, onMove, children }: OrderedProps<Thing>) {
  const list = useRef<HTMLOListElement>(null);
  const [dragged, setDragged] = useState<{ from: number; to: number } | null>(null);
  const [said, setSaid] = useState("");
  const [focus, setFocus] = useState(""); // id of the button to focus again: a thing that moves in the page loses it
  useEffect(() => {
    if (focus) list.current?.querySelector<HTMLElement>(`[data-focus="${focus}"]`)?.focus();
    setFocus("");
  }, [focus]);
  const move = (from: number, to: number) => {
    const thing = things[from];
    if (thing === undefined || to === from || to < 0 || to >= things.length) return;
    onMove(from, to);
    setSaid(t("order.moved", { title: titleOf(thing, from), place: number(to + 1), count: number(things.length) }));
  };
  const step = (from: number, by: 1 | -1) => {
    move(from, from + by);
    const thing = things[from];
    const to = from + by;
    const end = to === 0 ? 1 : to === things.length - 1 ? -1 : by; // a button at the end does nothing more
    if (thing !== undefined) setFocus(`${idOf(thing)}${end === 1 ? "+" : "-"}`);
  };
  const drag = (event: PointerEvent, from: number) => {
    if (!(event.currentTarget instanceof HTMLElement)) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDragged({ from, to: from });
  };
  const over = (event: PointerEvent) => {
    if (!dragged) return;
    const rows = [...(list.current?.children ?? [])].map((row) => row.getBoundingClientRect());
    const to = rows.findIndex(({ bottom }) => event.clientY < bottom);
    setDragged({ ...dragged, to: to < 0 ? rows.length - 1 : to });
  };
  const drop = (takes: boolean) => {
    if (dragged && takes) move(dragged.from, dragged.to);
    setDragged(null);
  };
  return (
    <>
      <ol class="ordered" aria-label={name} ref={list}>
        {things.map((thing, place) => {
          const title = titleOf(thing, place);
          const target = dragged?.to === place && dragged.from !== place ? (dragged.from < place ? "after" : "before") : "";
          return (
            <li key={idOf(thing)} class={`${dragged?.from === place ? "dragged" : ""} ${target}`}>
              <div class="order">
                <span
                  class="handle"
                  title={t("order.drag")}
                  aria-hidden="true"
                  onPointerDown={(event) => drag(event, place)}
                  onPointerMove={over}
                  onPointerUp={() => drop(true)}
                  onPointerCancel={() => drop(false)}
                >
                  {"\u2807"}
                </span>
                <span data-place={place + 1}>{number(place + 1)}</span>
                <Step id={`${idOf(thing)}-`} label={t("order.upOne", { title })} disabled={place === 0} onClick={() => step(place, -1)}>
                  {"\u2191"}
                </Step>
                <Step id={`${idOf(thing)}+`} label={t("order.downOne", { title })} disabled={place === things.length - 1} onClick={() => step(place, 1)}>
                  {"\u2193"}
                </Step>
              </div>
              <div class="thing">{children(thing, place)}</div>
            </li>
          );
        })}
      </ol>
      <p class="unseen" role="status">
        {said}
      </p>
    </>
  );
}

function Step({ id, label, disabled, onClick, children }: { id: string; label: string; disabled: boolean; onClick: () => void; children: string }) {
  return (
    <button type="button" class="icon" data-focus={id} aria-label={label} title={label} disabled={disabled} onClick={onClick}>
      {children}
    </button>
  );
}
