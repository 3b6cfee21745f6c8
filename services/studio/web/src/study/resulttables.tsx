// Tables of the results of a task.

import type { ComponentChildren } from "preact";

import { known, number, t } from "../texts/texts";
import { amount, countOf, freedom, interval, level, p, withInterval } from "./figures";
import { COMPARED, METHODS, type Comparison, type Difference, type ExactTest, type Kappa, type Mrmc, type Proportion, type Results, type Rounds } from "./resultdata";

interface NumbersProps {
  title: string;
  heads: string[];
  rows: { head: string; cells: ComponentChildren[]; strong?: boolean }[];
  note?: string;
}

// Rows with a head each; wide ones are scrolled, with the keyboard too.
export function Numbers({ title, heads, rows, note }: NumbersProps) {
  if (rows.length === 0) return null;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table class="numbers">
        <caption>{title}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ head, cells, strong }) => (
            <tr key={head} class={strong ? "strong" : ""}>
              <th scope="row">{head}</th>
              {cells.map((cell, place) => (
                <td key={place}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {note ? <p class="note">{note}</p> : null}
    </div>
  );
}

const all = () => t("results.all");

export function proportion(one: Proportion | null | undefined): ComponentChildren {
  if (!one || one.value === null) return amount(null);
  return (
    <>
      <span>{withInterval(one.value, one.interval)}</span>
      <span class="count">{countOf(one)}</span>
    </>
  );
}

const inOneLine = (text: string) => <span>{text}</span>;

export function ReadersTable({ results }: { results: Results }) {
  const rows = [
    ...results.readers.map((one) => ({ head: one.reader, counts: t("results.images", { positives: number(one.positives), negatives: number(one.negatives) }), ...one, strong: false })),
    { head: all(), counts: number(results.pooled.readings), ...results.pooled, strong: true },
  ];
  return (
    <Numbers
      title={t("results.readers", { level: level(results.level), positive: known(`results.positive.${results.positive}`, results.positive) })}
      heads={["reader", "images", "auc", "sensitivity", "specificity", "precision", "balanced", "p"].map((head) => known(`results.head.${head}`, head))}
      rows={rows.map(({ head, counts, auc, interval: ends, binary, strong }) => ({
        head,
        strong,
        cells: [
          counts,
          inOneLine(withInterval(auc, ends)),
          proportion(binary?.sensitivity),
          proportion(binary?.specificity),
          proportion(binary?.precision),
          inOneLine(withInterval(binary?.balanced_accuracy?.value, binary?.balanced_accuracy?.interval)),
          inOneLine(p(binary?.exact.p)),
        ],
      }))}
      note={t("results.readersNote")}
    />
  );
}

export function MrmcTable({ mrmc, results, of = "" }: { mrmc: Mrmc; results: Results; of?: string }) {
  const title = t("results.mrmc", { level: level(results.level) });
  const rows = METHODS.flatMap((method) => {
    const found = mrmc[method];
    if (!found) return [];
    return (["random", "fixed"] as const).map((readers) => {
      const one = readers === "random" ? found : found.fixed_readers;
      return {
        head: `${t(`results.method.${method}`)}, ${t(`results.whom.${readers}`)}`,
        strong: method === mrmc.primary && readers === "random",
        cells: [amount(one.auc, 3), amount(one.se, 4), freedom(one.df), inOneLine(interval(one.interval, 3)), inOneLine(p(one.p))],
      };
    });
  });
  return (
    <>
      <Numbers
        title={of ? t("results.ofTreatment", { treatment: of, title }) : title}
        heads={["method", "auc", "se", "df", "interval", "pHalf"].map((head) => known(`results.head.${head}`, head))}
        rows={rows}
        note={t("results.mrmcNote")}
      />
      {mrmc.reason ? <p class="note">{mrmc.reason}</p> : null}
    </>
  );
}

export function RoundsTable({ rounds }: { rounds: Rounds }) {
  const { readers, pooled, alternatives } = rounds;
  const right = ({ successes, trials }: ExactTest) => countOf({ count: successes, total: trials });
  return (
    <Numbers
      title={t("results.rounds", { images: alternatives, errors: rounds.allowed_errors })}
      heads={["reader", "rounds", "right", "pChance"].map((head) => known(`results.head.${head}`, head))}
      rows={[
        ...readers.map(({ reader, rounds: count, complete, exact }) => ({ head: reader, cells: [complete ? number(count) : t("results.roundsOrMore", { count: number(count) }), right(exact), p(exact.p)] })),
        { head: all(), strong: true, cells: [amount(rounds.mean_rounds, 2), right(pooled), p(pooled.p)] },
      ]}
      note={t("results.roundsNote", { expected: amount(rounds.expected_by_chance, 1), images: alternatives })}
    />
  );
}

export function ChoicesTable({ results }: { results: Results }) {
  return (
    <Numbers
      title={t("results.choices")}
      heads={["reader", "right", "pChance"].map((head) => known(`results.head.${head}`, head))}
      rows={results.forced_choice.map(({ reader, proportion: share, exact }) => ({ head: reader || all(), strong: !reader, cells: [proportion(share), p(exact.p)] }))}
      note={t("results.choicesNote", { images: results.forced_choice[0]?.alternatives ?? 2 })}
    />
  );
}

export function AgreementTable({ agreement }: { agreement: NonNullable<Results["agreement"]> }) {
  const row = (head: string, { cases, agreement: share, kappa, interval: ends }: Kappa) => ({ head, cells: [number(cases), amount(share), withInterval(kappa, ends)] });
  return (
    <Numbers
      title={t("results.agreement")}
      heads={["between", "images", "agreement", "kappa"].map((head) => known(`results.head.${head}`, head))}
      rows={[
        ...(agreement.fleiss ? [row(t("results.fleiss"), agreement.fleiss)] : []),
        ...agreement.weighted.map((one) => row(t("results.weighted", { reader: one.reader, other: one.other }), one)),
        ...agreement.intra.map((one) => row(t("results.intra", { reader: one.reader }), one)),
      ]}
    />
  );
}

const groupWord = (column: string, value: string): string => {
  if (value === "") return t("results.group.none");
  if (column === "edit_type") return known(`results.group.${value}`, known(`direction.${value}`, value));
  return column === "origin" ? known(`origin.${value}`, value) : value;
};

export function BreakdownTables({ results }: { results: Results }) {
  return (
    <>
      {results.breakdowns.map(({ column, groups }) => (
        <Numbers
          key={column}
          title={t("results.by", { column: known(`results.column.${column}`, column) })}
          heads={["group", "readings", "auc", "calledPositive", "correct"].map((head) => known(`results.head.${head}`, head))}
          rows={groups.map((one) => ({
            head: groupWord(column, one.value),
            cells: [number(one.readings), withInterval(one.auc, one.interval), proportion(one.called_positive), proportion(one.correct)],
          }))}
        />
      ))}
    </>
  );
}

export function TimeTable({ time }: { time: NonNullable<Results["time"]> }) {
  const rows = [
    { head: t("results.time.median"), cells: [amount(time.median, 1)] },
    { head: t("results.time.mean"), cells: [amount(time.mean, 1)] },
    { head: t("results.time.right"), cells: [amount(time.median_right, 1)] },
    { head: t("results.time.wrong"), cells: [amount(time.median_wrong, 1)] },
    { head: t("results.time.p"), cells: [p(time.p)] },
    { head: t("results.time.odds"), cells: [withInterval(time.odds_ratio, time.odds_ratio_interval)] },
  ];
  return <Numbers title={t("results.time", { count: number(time.readings) })} heads={[t("results.head.what"), t("results.head.value")]} rows={rows} />;
}

export function ComparisonTables({ comparison, results }: { comparison: Comparison; results: Results }) {
  const tests = COMPARED.flatMap((whom) => {
    const test = comparison[whom];
    return test ? [{ head: t(`results.compared.${whom}`), cells: [test.kind === "F" ? "F" : "\u03c7\u00b2", amount(test.statistic, 3), `${freedom(test.df_numerator)}, ${freedom(test.df)}`, p(test.p)] }] : [];
  });
  const differences: Difference[] = comparison.random_readers_random_cases?.differences ?? comparison.one_shot;
  return (
    <>
      <Numbers title={t("results.comparison")} heads={["whom", "test", "statistic", "df", "p"].map((head) => known(`results.head.${head}`, head))} rows={tests} />
      <Numbers
        title={t("results.differences", { level: level(results.level) })}
        heads={["pair", "difference", "p"].map((head) => known(`results.head.${head}`, head))}
        rows={differences.map((one) => ({ head: t("results.minus", { first: one.first, second: one.second }), cells: [withInterval(one.difference, one.interval, 3), p(one.p)] }))}
      />
      {comparison.reason ? <p class="note">{comparison.reason}</p> : null}
    </>
  );
}
