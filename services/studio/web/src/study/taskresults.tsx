// Results of one task of one phase.

import { known, number, t } from "../texts/texts";
import { amount, freedom, interval, level, p } from "./figures";
import { Localised } from "./localised";
import { ORIGINS } from "./preparepart";
import type { Mrmc, Results, TaskResults } from "./resultdata";
import { CalibrationPlot, RocPlot, SurvivalPlot } from "./resultplots";
import { AgreementTable, BreakdownTables, ChoicesTable, ComparisonTables, MrmcTable, Numbers, ReadersTable, RoundsTable, TimeTable } from "./resulttables";

export function TaskResultsPart({ one, fixed, studyId }: { one: TaskResults; fixed: boolean; studyId: string }) {
  const { results, band } = one;
  if (!results) return <Categories one={one} />;
  const mrmc = Object.values(results.mrmc)[0];
  const positive = known(`results.positive.${results.positive}`, results.positive);
  return (
    <>
      {mrmc ? <Primary mrmc={mrmc} results={results} fixed={fixed} conclusion={one.conclusion ?? ""} /> : null}
      <ul class="result-notes">
        {results.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
      {results.readers.some(({ curve }) => curve) ? <RocPlot readers={results.readers} band={band} /> : null}
      {results.rounds ? (
        <>
          <SurvivalPlot rounds={results.rounds} />
          <RoundsTable rounds={results.rounds} />
        </>
      ) : null}
      {results.forced_choice.length > 0 ? <ChoicesTable results={results} /> : null}
      {mrmc ? <MrmcTable mrmc={mrmc} results={results} /> : null}
      {results.readers.length > 0 ? <ReadersTable results={results} /> : null}
      <BreakdownTables results={results} />
      {results.agreement ? <AgreementTable agreement={results.agreement} /> : null}
      {results.calibration ? <CalibrationPlot calibration={results.calibration} positive={positive} /> : null}
      {results.time ? <TimeTable time={results.time} /> : null}
      <Categories one={one} />
      {one.localisation ? <Localised found={one.localisation} fixed={fixed} level={results.level} studyId={studyId} /> : null}
    </>
  );
}

interface PrimaryProps {
  mrmc: Mrmc;
  results: Results;
  fixed: boolean;
  conclusion: NonNullable<TaskResults["conclusion"]>;
}

// The one interval that everything rests on, and what follows from it.
function Primary({ mrmc, results, fixed, conclusion }: PrimaryProps) {
  const method = mrmc.primary ? mrmc[mrmc.primary] : null;
  if (!method || !mrmc.primary) return mrmc.reason ? <p class="remark">{mrmc.reason}</p> : null;
  const one = fixed ? method.fixed_readers : method;
  const { equivalence } = mrmc;
  return (
    <section class="primary-result" aria-label={t("results.primary")}>
      <p class="figure">
        <strong>{t("results.auc", { auc: amount(one.auc) })}</strong> {t("results.auc.interval", { level: level(results.level), interval: interval(one.interval) })}
      </p>
      <p>
        {t("results.primaryHow", { method: t(`results.method.${mrmc.primary}`), whom: t(`results.whom.${fixed ? "fixed" : "random"}`), df: freedom(one.df), p: p(one.p) })}
      </p>
      {equivalence ? <p>{t(equivalence.equivalent ? "results.equivalent" : "results.notEquivalent", { margin: amount(equivalence.margin), p: p(equivalence.p) })}</p> : null}
      {conclusion ? <p class="conclusion">{t(`results.conclusion.${conclusion}`)}</p> : null}
    </section>
  );
}

export function PhasesCompared({ results }: { results: Results }) {
  const { comparison } = results;
  return comparison ? (
    <>
      <ComparisonTables comparison={comparison} results={results} />
      {Object.entries(results.mrmc).map(([treatment, mrmc]) => (
        <MrmcTable key={treatment} mrmc={mrmc} results={results} of={treatment} />
      ))}
    </>
  ) : (
    <p class="note">{t("results.noComparison")}</p>
  );
}

// What was answered where nothing is right or wrong.
function Categories({ one: { categories, places } }: { one: TaskResults }) {
  const scales = [...new Set(categories.map(({ scale }) => scale))];
  const origins = ORIGINS.filter((origin) => categories.some((one) => one.origin === origin));
  return (
    <>
      {scales.map((scale) => {
        const of = categories.filter((one) => one.scale === scale);
        const steps = [...new Set(of.map(({ category }) => category))];
        return (
          <Numbers
            key={scale}
            title={known(`results.scale.${scale}`, scale)}
            heads={[t("results.head.answer"), ...origins.map((origin) => known(`origin.${origin}`, origin))]}
            rows={steps.map((step) => ({ head: step, cells: origins.map((origin) => number(of.find((one) => one.category === step && one.origin === origin)?.readings ?? 0)) }))}
          />
        );
      })}
      <Numbers
        title={t("results.places")}
        heads={["origin", "readings", "places", "nothing"].map((head) => known(`results.head.${head}`, head))}
        rows={places.map(({ origin, readings, places: count, none }) => ({ head: known(`origin.${origin}`, origin), cells: [number(readings), number(count), number(none)] }))}
      />
    </>
  );
}
