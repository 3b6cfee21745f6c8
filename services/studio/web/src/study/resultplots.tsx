// Plots of the results.

import { number, percent, t } from "../texts/texts";
import { Chart } from "./chart";
import { amount } from "./figures";
import { between, path, stairs, through } from "./plot";
import type { Band, Calibration, LrocReader, ReaderResult, Rounds } from "./resultdata";

const FIFTHS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const NAMED_AT_MOST = 6; // lines that are told apart
const unit = (label: string) => ({ label, range: [0, 1] as const, marks: FIFTHS, text: (value: number) => number(value, 1) });

export function RocPlot({ readers, band }: { readers: ReaderResult[]; band: Band | null }) {
  const drawn = readers.flatMap(({ reader, curve }) => (curve ? [{ reader, curve }] : []));
  const named = drawn.length <= NAMED_AT_MOST;
  const look = (place: number) => (named ? `reader reader-${place}` : "reader many");
  const legend = [
    ...(named ? drawn.map(({ reader }, place) => ({ text: reader, look: look(place) })) : [{ text: t("results.plot.readers"), look: look(0) }]),
    ...(band ? [{ text: t("results.plot.mean", { level: percent(band.level) }), look: "strong" }] : []),
    { text: t("results.plot.chance"), look: "chance" },
  ];
  return (
    <Chart title={t("results.plot.roc", { count: number(drawn.length) })} x={unit(t("results.plot.falsePositive"))} y={unit(t("results.plot.truePositive"))} legend={legend}>
      {(x, y) => (
        <>
          {band ? <path class="band" d={between(through(band.false_positive, band.high, x, y), through(band.false_positive, band.low, x, y))} /> : null}
          <line class="chance" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
          {drawn.map(({ reader, curve }, place) => (
            <path key={reader} class={look(place)} d={path(through(curve.false_positive, curve.true_positive, x, y))} />
          ))}
          {band ? <path class="strong" d={path(through(band.false_positive, band.true_positive, x, y))} /> : null}
        </>
      )}
    </Chart>
  );
}

// There is no line of guessing: who guesses meets a place as often as places are large.
export function LrocPlot({ readers }: { readers: LrocReader[] }) {
  const drawn = readers.flatMap(({ reader, curve }) => (curve ? [{ reader, curve }] : []));
  if (drawn.length === 0) return null;
  const named = drawn.length <= NAMED_AT_MOST;
  const look = (place: number) => (named ? `reader reader-${place}` : "reader many");
  const legend = named ? drawn.map(({ reader }, place) => ({ text: reader, look: look(place) })) : [{ text: t("results.plot.readers"), look: look(0) }];
  return (
    <Chart title={t("results.plot.lroc", { count: number(drawn.length) })} x={unit(t("results.plot.falsePositive"))} y={unit(t("results.plot.located"))} legend={legend}>
      {(x, y) => drawn.map(({ reader, curve }, place) => <path key={reader} class={look(place)} d={path(through(curve.false_positive, curve.true_positive, x, y))} />)}
    </Chart>
  );
}

export function SurvivalPlot({ rounds }: { rounds: Rounds }) {
  const most = Math.max(rounds.survival.length, rounds.by_chance.length, 2) - 1;
  const numbers = (values: number[]) => values.map((_, place) => place);
  return (
    <Chart
      title={t("results.plot.survival", { mean: amount(rounds.mean_rounds, 2), expected: amount(rounds.expected_by_chance, 1) })}
      x={{ label: t("results.plot.rounds"), range: [0, most], text: (value) => number(value) }}
      y={{ label: t("results.plot.stillReading"), range: [0, 1], marks: FIFTHS, text: percent }}
      height={320}
      legend={[
        { text: t("results.plot.theseReaders"), look: "strong" },
        { text: t("results.plot.guessing", { images: rounds.alternatives }), look: "chance" },
      ]}
    >
      {(x, y) => (
        <>
          <path class="chance" d={path(stairs(through(numbers(rounds.by_chance), rounds.by_chance, x, y)))} />
          <path class="strong" d={path(stairs(through(numbers(rounds.survival), rounds.survival, x, y)))} />
        </>
      )}
    </Chart>
  );
}

export function CalibrationPlot({ calibration, positive }: { calibration: Calibration; positive: string }) {
  const points = calibration.steps.flatMap(({ positive: { value, interval } }, place) => (value === null ? [] : [{ expected: calibration.expected[place] ?? 0, value, interval }]));
  return (
    <Chart title={t("results.plot.calibration", { positive, brier: amount(calibration.brier, 3) })} x={unit(t("results.plot.confidence", { positive }))} y={unit(t("results.plot.observed", { positive }))}>
      {(x, y) => (
        <>
          <line class="chance" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
          <path class="strong" d={path(points.map(({ expected, value }) => [x(expected), y(value)]))} />
          {points.map(({ expected, value, interval }) => (
            <g key={expected}>
              {interval?.[0] != null && interval[1] != null ? <line class="whisker" x1={x(expected)} x2={x(expected)} y1={y(interval[0])} y2={y(interval[1])} /> : null}
              <circle class="dot" cx={x(expected)} cy={y(value)} r="4" />
            </g>
          ))}
        </>
      )}
    </Chart>
  );
}
