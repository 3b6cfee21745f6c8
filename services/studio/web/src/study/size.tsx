// The size of a study before it starts: readers, images and what they can show.

import { useEffect, useState } from "preact/hooks";

import type { StudySize } from "../protos/mammoganesis/v1/studies_pb";
import { Button, Help } from "../parts/buttons";
import { Choice, NumberField } from "../parts/fields";
import { ErrorLine } from "../parts/messages";
import { isCancelled, messageOf } from "../rpc/failures";
import { readerStudyService } from "../rpc/clients";
import { lasting } from "../rpc/lasting";
import { number, percent, t } from "../texts/texts";
import { HOME, QUESTIONS, type Asked } from "./address";
import { Chart } from "./chart";
import { path, rounded, through, type Range } from "./plot";
import { FIELDS, LIMITS, isEnough, requestOf, shownBy, valueOf, type Field } from "./sizing";
import { go } from "./store";

const PAUSE_MILLISECONDS = 300; // of typing

export function SizePage({ asked }: { asked: Asked }) {
  const { sizes, failure } = useSizes(asked);
  const change = (next: Partial<Asked>) => go({ at: "size", asked: { ...asked, ...next } });
  return (
    <div class="one wide">
      <header class="row spread">
        <h1>{t("size.title")}</h1>
        <Button onClick={() => go(HOME)}>{t("studies.back")}</Button>
      </header>
      <p>{t("size.how")}</p>
      <div class="sizing">
        <form class="size-form" aria-label={t("size.title")} onSubmit={(event) => event.preventDefault()}>
          <Choice label={t("size.question")} value={asked.question} options={QUESTIONS.map((value) => ({ value, text: t(`size.question.${value}`) }))} onChange={(question) => change({ question })} />
          {FIELDS[asked.question].map((field) => (
            <SizeField key={field} field={field} value={asked[field]} onChange={(value) => change({ [field]: value })} />
          ))}
        </form>
        <div class="sizes" aria-live="polite">
          <ErrorLine text={failure} />
          {sizes === null && !failure ? <p>{t("state.loading")}</p> : null}
          {sizes ? <Sizes asked={asked} sizes={sizes} /> : null}
        </div>
      </div>
    </div>
  );
}

function SizeField({ field, value, onChange }: { field: Field; value: number; onChange: (value: number) => void }) {
  const { low, high, whole = false, open = false } = LIMITS[field];
  const range = { low: number(low, low % 1 ? 2 : 0), high: number(high, high % 1 ? 3 : 0) };
  const fits = (next: number | null) => (next === null ? open : next >= low && next <= high && (!whole || Number.isInteger(next)));
  const label = t(`size.${field}`);
  return (
    <NumberField
      label={label}
      value={open && value === 0 ? null : value}
      refusal={(next) => (fits(next) ? "" : t(whole ? "field.whole" : "field.amount", range))}
      help={<Help name={label}>{t(`size.${field}Help`)}</Help>}
      onChange={(next) => onChange(next ?? 0)}
    />
  );
}

function useSizes(asked: Asked): { sizes: StudySize[] | null; failure: string } {
  const [sizes, setSizes] = useState<StudySize[] | null>(null);
  const [failure, setFailure] = useState("");
  const key = JSON.stringify(asked);
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const { signal } = controller;
      lasting(() => readerStudyService.sizeStudy(requestOf(asked), { signal }), (text) => signal.aborted || setFailure(text)).then(
        ({ sizes: found }) => signal.aborted || setSizes(found),
        (error: unknown) => {
          if (!isCancelled(error) && !signal.aborted) setFailure(messageOf(error));
        },
      );
    }, PAUSE_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [key]);
  return { sizes, failure };
}

function Sizes({ asked, sizes }: { asked: Asked; sizes: StudySize[] }) {
  const shown = shownBy(asked);
  const enough = sizes.find((size) => isEnough(size, asked));
  return (
    <>
      <p class="size-said">
        {enough
          ? t("size.enough", { readers: number(enough.readers), reals: number(enough.realCases), generated: number(enough.generatedCases) })
          : t("size.notEnough")}
      </p>
      {sizes.length > 1 ? <Plot asked={asked} sizes={sizes} /> : null}
      <table class="numbers">
        <caption>{t(`size.table.${shown}`)}</caption>
        <thead>
          <tr>
            <th scope="col">{t("size.readersHead")}</th>
            <th scope="col">{t("size.realsHead")}</th>
            <th scope="col">{t("size.generatedHead")}</th>
            {asked.question === "width" ? null : <th scope="col">{t("size.powerHead")}</th>}
            <th scope="col">{t("size.widthHead")}</th>
          </tr>
        </thead>
        <tbody>
          {sizes.map((size) => (
            <tr key={size.readers} class={isEnough(size, asked) ? "enough" : ""}>
              <th scope="row">{number(size.readers)}</th>
              {size.realCases === 0 ? (
                <td colSpan={asked.question === "width" ? 3 : 4}>{t("size.impossible")}</td>
              ) : (
                <>
                  <td>{number(size.realCases)}</td>
                  <td>{number(size.generatedCases)}</td>
                  {asked.question === "width" ? null : <td>{percent(size.power)}</td>}
                  <td>{number(size.width, 3)}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Plot({ asked, sizes }: { asked: Asked; sizes: StudySize[] }) {
  const shown = shownBy(asked);
  const drawn = sizes.filter(({ realCases }) => realCases > 0);
  const values = drawn.map((size) => valueOf(size, shown));
  const goal = shown === "power" ? asked.power : shown === "width" ? asked.width : null;
  const y: Range = shown === "power" ? [0, 1] : rounded([...values, ...(goal === null ? [] : [goal])]);
  const readers = sizes.map((size) => size.readers);
  const text = (value: number) => (shown === "power" ? percent(value) : number(value, shown === "width" ? 2 : 0));
  return (
    <Chart
      title={t(`size.plot.${shown}`)}
      x={{ label: t("size.readersHead"), range: [Math.min(...readers), Math.max(...readers)], text: (value) => number(value) }}
      y={{ label: t(`size.axis.${shown}`), range: y, text }}
      height={320}
    >
      {(across, up) => (
        <>
          {goal === null ? null : <line class="chance" x1={across(readers[0]!)} x2={across(readers.at(-1)!)} y1={up(goal)} y2={up(goal)} />}
          <path class="strong" d={path(through(drawn.map((size) => size.readers), values, across, up))} />
          {drawn.map((size, place) => (
            <circle key={size.readers} class={isEnough(size, asked) ? "dot enough" : "dot"} cx={across(size.readers)} cy={up(values[place]!)} r="4" />
          ))}
        </>
      )}
    </Chart>
  );
}
