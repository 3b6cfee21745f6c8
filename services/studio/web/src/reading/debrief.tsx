// After a study has closed: the truth, what the reader made of it, and where they stand.

import { useEffect, useRef, useState } from "preact/hooks";

import type { DebriefLine, DebriefTrial } from "../protos/mammoganesis/v1/studies_pb";
import { Button } from "../parts/buttons";
import { useSlots } from "../teaching/pictures";
import { Message } from "../parts/messages";
import { known, number, percent, t } from "../texts/texts";
import { FIRST_STATE } from "../viewer/state";
import { isOneByOne } from "../viewer/onebyone";
import type { Place, ViewState } from "../viewer/types";
import { Viewer } from "../viewer/Viewer";
import { givenOf } from "./answers";
import { answerText, arrive, debrief, failure, here, step, truthText, untold } from "./debriefing";
import { overlaysOf } from "./overlays";
import { readingShown } from "./pictures";
import { languageOfStudy, token } from "./store";

export function Debrief() {
  if (here.value) return <Seen key={step.value} one={here.value} />;
  const { lines = [], trials = [] } = debrief.value ?? {};
  return (
    <section class="end debrief">
      <h1 tabIndex={-1}>{t("closed.title")}</h1>
      <p>{t("closed.thanks")}</p>
      {debrief.value || failure.value ? null : <p role="status">{t("state.loading")}</p>}
      {failure.value && !untold.value ? <p class="error"><Message text={failure.value} /></p> : null}
      {lines.length > 0 ? <Lines lines={lines} /> : null}
      {trials.length > 0 ? <Trials trials={trials} /> : null}
    </section>
  );
}

// Rounds are counted; their median may lie between two counts.
const figure = (measure: string, value: number) => number(value, measure !== "rounds" ? 2 : value % 1 ? 1 : 0);

function Lines({ lines }: { lines: readonly DebriefLine[] }) {
  const peers = lines.some(({ peersMedian, peersBelow }) => peersMedian !== undefined || peersBelow !== undefined);
  return (
    <section>
      <h2 id="results">{t("debrief.results")}</h2>
      <div class="table" role="region" tabIndex={0} aria-labelledby="results">
        <table>
          <thead>
            <tr>
              <th scope="col">{t("debrief.task")}</th>
              <th scope="col">{t("debrief.measure")}</th>
              <th scope="col">{t("debrief.value")}</th>
              <th scope="col">{t("debrief.interval")}</th>
              {peers ? <th scope="col">{t("debrief.median")}</th> : null}
              {peers ? <th scope="col">{t("debrief.below")}</th> : null}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ task, measure, value, low, high, peersMedian, peersBelow }) => (
              <tr key={`${task} ${measure}`}>
                <th scope="row">{task}</th>
                <td>{known(`debrief.measure.${measure}`, measure)}</td>
                <td>{figure(measure, value)}</td>
                <td class="figures">{low === undefined || high === undefined ? t("debrief.none") : t("debrief.range", { low: number(low, 2), high: number(high, 2) })}</td>
                {peers ? <td>{peersMedian === undefined ? t("debrief.none") : figure(measure, peersMedian)}</td> : null}
                {peers ? <td>{peersBelow === undefined ? t("debrief.none") : percent(peersBelow)}</td> : null}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

// Of an answer in the author's words, which a point of a scale of quality is.
const languageOfAnswer = ({ trial }: DebriefTrial) => (trial?.asked.case === "quality" ? languageOfStudy() : undefined);

const anchorsOf = ({ trial }: DebriefTrial) => (trial?.asked.case === "quality" ? trial.asked.value.anchors : []);

function Verdict({ right }: { right: boolean | undefined }) {
  if (right === undefined) return null;
  return <span class={`verdict ${right ? "right" : "wrong"}`}>{t(right ? "verdict.right" : "verdict.wrong")}</span>;
}

function Trials({ trials }: { trials: readonly DebriefTrial[] }) {
  return (
    <section>
      <h2 id="trials">{t("debrief.images")}</h2>
      <div class="table" role="region" tabIndex={0} aria-labelledby="trials">
        <table>
          <thead>
            <tr>
              <th scope="col">{t("debrief.trial")}</th>
              <th scope="col">{t("debrief.answer")}</th>
              <th scope="col">{t("debrief.truth")}</th>
              <th scope="col">
                <span class="unseen">{t("debrief.see")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {trials.map((one, at) => (
              <tr key={one.trial?.trialId ?? at}>
                <th scope="row">
                  {number(at + 1)}
                  {one.trial?.practice ? <span class="tag">{t("trial.practice")}</span> : null}
                </th>
                <td lang={languageOfAnswer(one)}>{answerText(one.answer, anchorsOf(one))}</td>
                <td>
                  {truthText(one)} <Verdict right={one.right} />
                </td>
                <td>
                  <Button onClick={() => arrive(at + 1)} label={t("debrief.seeOne", { number: at + 1 })}>
                    {t("debrief.see")}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const changedOf = ({ truePlaces }: DebriefTrial): Place[][] => truePlaces.map(({ points }) => points.map(({ x, y }): Place => [x, y]));

const FREE = { window: true, zoom: true };

function Seen({ one }: { one: DebriefTrial }) {
  const pictures = one.trial?.pictures ?? [];
  const count = debrief.value?.trials.length ?? 0;
  const slots = useSlots(pictures.map((picture, place) => readingShown(token.value, picture, place)));
  const [view, setView] = useState<ViewState>({ ...FIRST_STATE, layout: pictures.length > 2 || (pictures.length === 2 && !isOneByOne()) ? "grid" : "single" });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const title = t("debrief.position", { number: number(step.value), count: number(count) });
  const made = one.sentences.flatMap((sentence, at) => (sentence ? { sentence, at } : []));
  return (
    <div class="reading">
      {pictures.length > 0 ? (
        <section class="pictures" aria-label={t("trial.pictures")}>
          <Viewer name={title} slots={slots} state={view} onState={setView} overlays={overlaysOf(givenOf(one.answer), one.generated, changedOf(one))} rules={FREE} />
        </section>
      ) : null}
      <section class="asked">
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        <Verdict right={one.right} />
        <dl class="facts">
          <dt>{t("debrief.answer")}</dt>
          <dd lang={languageOfAnswer(one)}>{answerText(one.answer, anchorsOf(one))}</dd>
          <dt>{t("debrief.truth")}</dt>
          <dd>{truthText(one)}</dd>
          {one.truePlaces.length > 0 ? (
            <>
              <dt>{t("debrief.changed")}</dt>
              <dd>{t(one.met.some(Boolean) ? "debrief.changed.met" : "debrief.changed.missed")}</dd>
            </>
          ) : null}
        </dl>
        {made.length > 0 ? (
          <section class="notes">
            <h2>{t("debrief.made")}</h2>
            <ul>
              {made.map(({ sentence, at }) => (
                <li key={at} class="prose" lang={languageOfStudy()}>
                  {pictures.length > 1 ? t("debrief.imageIs", { number: at + 1, truth: sentence }) : sentence}
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        <div class="row">
          <Button onClick={() => arrive(step.value - 1)} disabled={step.value <= 1}>
            {t("debrief.before")}
          </Button>
          <Button onClick={() => arrive(step.value + 1)} disabled={step.value >= count}>
            {t("debrief.after")}
          </Button>
          <Button look="quiet" onClick={() => arrive(0)}>
            {t("debrief.overview")}
          </Button>
        </div>
      </section>
    </div>
  );
}
