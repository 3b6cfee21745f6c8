// A measure as a person reads it.

import { number, percent, t } from "../../texts/texts";
import { MEASURES, type Filters, type MeasureName } from "./filters";
import type { Measured } from "./thirds";

const SHARES: readonly MeasureName[] = ["breast_area", "dense_share", "pectoral_area"];

export const measureText = (name: MeasureName, value: number) =>
  t("start.measured", { name: t(`start.measure.${name}`), value: SHARES.includes(name) ? percent(value) : number(value, 2) });

// Those that the filters ask for.
export const measuresText = ({ measures }: Filters, values: Measured) =>
  MEASURES.filter((name) => measures[name] && values[name] !== undefined)
    .map((name) => measureText(name, values[name] ?? 0))
    .join(" · ");
