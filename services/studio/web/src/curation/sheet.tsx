// Contact sheets: pictures are asked for when their card comes near the screen, one sheet at a time.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Button } from "../parts/buttons";
import { isCancelled, limitEnds, messageOf, retryAfter } from "../rpc/failures";
import { turns } from "../images/turns";
import { generation, lost } from "../state/served";
import { t } from "../texts/texts";

const NEAR = "500px 0px"; // how far from the screen a sheet is asked for
const REST = 500; // milliseconds that a changed field rests before its sheet is drawn anew
const turn = turns(1);

export interface Cell {
  png: Uint8Array;
  width: number; // pixels
  over?: ComponentChildren; // drawn over the picture
}

export type Place = (row: number, column: number, cell: Cell) => void;

export interface SheetContent {
  headings: { text: string; useful?: boolean }[];
  rows: string[];
  description: string;
  // The same content draws the same pictures.
  key: string;
  draw: (place: Place, signal: AbortSignal) => Promise<void>;
}

type State = "waiting" | "loading" | "ready" | "failed";
interface Drawn {
  key: string;
  state: State;
  failure: string;
  cells: Map<string, { url: string; cell: Cell }>;
}

const blank = (key: string, state: State = "waiting", failure = ""): Drawn => ({ key, state, failure, cells: new Map() });

export function Sheet({ content, reversed = false }: { content: SheetContent; reversed?: boolean }) {
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef(content);
  latest.current = content;
  const [near, setNear] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const [drawn, setDrawn] = useState(() => blank(""));
  const isFirst = drawn.key === "";
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting ?? false), { rootMargin: NEAR });
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!near || (drawn.key === content.key && drawn.state === "ready")) return undefined;
    const controller = new AbortController();
    const timer = setTimeout(() => void draw(latest.current, controller.signal, setDrawn), isFirst ? 0 : REST);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [near, content.key, attempt, generation.value]);
  useEffect(() => () => release(drawn.cells), [drawn.cells]);
  const state = drawn.key === content.key ? drawn.state : "loading";
  return (
    <div class={`sheet ${reversed ? "reversed" : ""}`} data-state={state} aria-busy={state === "loading"} ref={element}>
      {drawn.failure ? (
        <div class="failure">
          <p>{drawn.failure}</p>
          <Button onClick={() => setAttempt(attempt + 1)}>{t("action.retry")}</Button>
        </div>
      ) : (
        <Pictures content={content} drawn={drawn} />
      )}
    </div>
  );
}

async function draw(content: SheetContent, signal: AbortSignal, show: (drawn: Drawn) => void): Promise<void> {
  const done = await turn();
  let now = blank(content.key, "loading");
  try {
    if (signal.aborted) return; // scrolled past, or changed again
    show(now);
    await content.draw((row, column, cell) => {
      if (signal.aborted) return;
      const url = URL.createObjectURL(new Blob([cell.png as Uint8Array<ArrayBuffer>], { type: "image/png" }));
      now.cells.set(`${row} ${column}`, { url, cell });
      now = { ...now };
      show(now);
    }, signal);
    if (!signal.aborted) show({ ...now, state: "ready" });
  } catch (error) {
    if (signal.aborted || isCancelled(error)) return;
    if (retryAfter(error) !== null && !limitEnds(error)) lost(error); // drawn anew once somebody answers
    show(blank(content.key, "failed", messageOf(error)));
  } finally {
    done();
  }
}

function release(cells: Drawn["cells"]) {
  for (const { url } of cells.values()) URL.revokeObjectURL(url);
}

// A table of pictures: headings above the columns, a label at each row.
function Pictures({ content, drawn }: { content: SheetContent; drawn: Drawn }) {
  const { headings, rows, description } = content;
  return (
    <div class="pictures" role="img" aria-label={description}>
      <div class="line">
        <span />
        <div class="heads">
          {headings.map(({ text, useful }) => (
            <span key={text} class={useful ? "useful" : ""}>
              {text}
            </span>
          ))}
        </div>
      </div>
      {rows.map((label, row) => (
        <div class="line" key={label}>
          <span>{label}</span>
          <div class="cells">
            {headings.map(({ text }, column) => {
              const there = drawn.cells.get(`${row} ${column}`);
              return (
                <i key={text}>
                  {there ? <img src={there.url} alt="" class={there.cell.width < 64 ? "pixelated" : ""} /> : null}
                  {there?.cell.over}
                </i>
              );
            })}
          </div>
        </div>
      ))}
      <p class="note">{t("app.mark")}</p>
    </div>
  );
}
