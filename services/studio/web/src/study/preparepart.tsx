// From a design to a study that can be read: prepare, look at what it came to, open. Nothing here says which picture is real.

import { signal } from "@preact/signals";

import { StudyState } from "../protos/mammoganesis/v1/studies_pb";
import type { StudyComposition } from "../protos/mammoganesis/v1/study_design_pb";
import { act } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Copied } from "../parts/copied";
import { Dialog } from "../parts/dialog";
import { Check } from "../parts/fields";
import { ErrorLine, Message } from "../parts/messages";
import { when } from "../parts/when";
import { readerStudyService } from "../rpc/clients";
import { counted, number, percent, t } from "../texts/texts";
import { documentOf } from "./design";
import { STEPS, doing, prepare, preparingFailure } from "./preparing";
import { blocked, remarks, showPart, type Whole } from "./store";
import { share } from "./words";

export function PreparePart({ one }: { one: Whole }) {
  return (
    <div class="prepare">
      {one.study.state === StudyState.DRAFT ? <Preparing one={one} /> : <Prepared one={one} />}
    </div>
  );
}

function Preparing({ one: { study, design, reals } }: { one: Whole }) {
  const { value: now } = doing;
  const blocking = remarks.value.filter((one) => one.blocking);
  return (
    <>
      <h2>{t("prepare.title")}</h2>
      <p>{t("prepare.how", { samples: number(design.generation?.samples || 1000), reals: number(reals.length), drawn: number(design.pool?.drawn || 100) })}</p>
      <p class="note">{t("prepare.frozen")}</p>
      {blocked.value ? (
        <section class="remarks" aria-labelledby="prepare-blocking">
          <h3 id="prepare-blocking">{t("prepare.blocking")}</h3>
          <ul>
            {blocking.map(({ field, text }) => (
              <li key={field + text} class="blocking">
                <Message text={text} />
              </li>
            ))}
          </ul>
          <div class="row">
            <Button onClick={() => showPart("design")}>{t("prepare.toDesign")}</Button>
            <Button onClick={() => showPart("images")}>{t("prepare.toImages")}</Button>
          </div>
        </section>
      ) : null}
      <ol class="steps">
        {STEPS.map((step, place) => {
          const here = now ? STEPS.indexOf(now.step) : -1;
          const state = here < 0 ? "waiting" : place < here ? "done" : place === here ? "doing" : "waiting";
          return (
            <li key={step} data-state={state} aria-current={state === "doing" ? "step" : undefined}>
              <span>{t(`prepare.step.${step}`)}</span>
              {state === "done" ? <span class="done">{t("prepare.done")}</span> : null}
              {state === "doing" && now && now.total > 0 ? (
                <span class="row">
                  <progress max={now.total} value={now.done} aria-label={t(`prepare.step.${step}`)} /> {share(now.done, now.total)}
                </span>
              ) : null}
            </li>
          );
        })}
      </ol>
      <p class="note" role="status">
        {now ? t("prepare.stay") : ""}
      </p>
      <ErrorLine text={preparingFailure.value} />
      <div class="row">
        <Button look="primary" disabled={now !== null || blocked.value || reals.length === 0} onClick={() => void prepare(study.studyId)}>
          {t(preparingFailure.value ? "prepare.again" : "prepare.start")}
        </Button>
        {reals.length === 0 ? <span class="note">{t("prepare.noReals")}</span> : null}
      </div>
    </>
  );
}

const opening = signal(false);
const isRead = signal(false); // the protocol, by whoever opens the study

function Prepared({ one }: { one: Whole }) {
  const { study, design, composition, lookAlikes } = one;
  const ask = () => {
    isRead.value = false;
    opening.value = true;
  };
  const open = async () => {
    opening.value = false;
    const isOpen = await act(() => readerStudyService.openStudy({ studyId: study.studyId, protocolHash: study.protocolHash }), { text: t("prepare.opened") });
    if (isOpen) showPart("readers");
  };
  return (
    <>
      <h2>{t("prepare.whole")}</h2>
      {composition ? <Composition composition={composition} /> : null}
      <p class={lookAlikes > 0 ? "remark" : "note"}>{lookAlikes > 0 ? counted("prepare.lookAlikes", lookAlikes) : t("prepare.noLookAlikes")}</p>
      <p class="note">{t("prepare.noTruth")}</p>
      <section class="protocol" aria-labelledby="protocol-title">
        <h2 id="protocol-title">{t("prepare.protocol")}</h2>
        <p>{t("prepare.protocolHow")}</p>
        <Copied label={t("prepare.hash")} text={study.protocolHash} button={t("prepare.copyHash")} />
        <details>
          <summary>{t("prepare.document")}</summary>
          <pre tabIndex={0}>{documentOf(design)}</pre>
        </details>
      </section>
      {study.state === StudyState.READY ? (
        <div class="row">
          <Button look="primary" onClick={ask}>
            {t("prepare.open")}
          </Button>
        </div>
      ) : (
        <p class="note">{t("prepare.openedAt", { when: when(study.openedAt) })}</p>
      )}
      <Dialog title={t("prepare.openTitle")} open={opening.value} onClose={() => (opening.value = false)}>
        <div class="panel">
          <p>{t("prepare.openText", { title: design.title })}</p>
          <p class="hash">{study.protocolHash}</p>
          <Check checked={isRead.value} onChange={(checked) => (isRead.value = checked)}>
            {t("prepare.isRead")}
          </Check>
          <div class="row">
            <Button look="primary" disabled={!isRead.value} onClick={() => void open()}>
              {t("prepare.open")}
            </Button>
            <Button onClick={() => (opening.value = false)}>{t("action.cancel")}</Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}

export const ORIGINS = ["real", "synthesised", "edited"] as const;

export function Composition({ composition }: { composition: StudyComposition }) {
  const total = ORIGINS.reduce((sum, origin) => sum + composition[origin], 0);
  return (
    <table class="numbers">
      <caption>{counted("prepare.composition", total)}</caption>
      <thead>
        <tr>
          <th scope="col">{t("prepare.origin")}</th>
          <th scope="col">{t("prepare.images")}</th>
          <th scope="col">{t("prepare.share")}</th>
        </tr>
      </thead>
      <tbody>
        {ORIGINS.map((origin) => (
          <tr key={origin}>
            <th scope="row">{t(`origin.${origin}`)}</th>
            <td>{number(composition[origin])}</td>
            <td>{total > 0 ? percent(composition[origin] / total) : ""}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
