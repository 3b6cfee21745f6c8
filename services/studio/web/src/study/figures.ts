// Numbers of the results as they are written.

import { number, percent, t } from "../texts/texts";
import type { Interval, Proportion } from "./resultdata";

const NONE = "\u2013";

export const amount = (value: number | null | undefined, digits = 2): string => (value === null || value === undefined ? NONE : number(value, digits).replace("-", "\u2212"));

export const interval = (ends: Interval | null | undefined, digits = 2): string => (ends ? t("results.interval", { low: amount(ends[0], digits), high: amount(ends[1], digits) }) : "");

export const withInterval = (value: number | null | undefined, ends: Interval | null | undefined, digits = 2): string => [amount(value, digits), interval(ends, digits)].filter(Boolean).join(" ");

export const countOf = ({ count, total }: Pick<Proportion, "count" | "total">): string => t("results.countOf", { count: number(count), total: number(total) });

// As papers print it.
export const p = (value: number | null | undefined): string => (value === null || value === undefined ? NONE : value < 0.001 ? t("results.pBelow", { p: number(0.001, 3) }) : number(value, value < 0.1 ? 3 : 2));

export const freedom = (df: number | null): string => (df === null ? "\u221e" : number(df, df % 1 ? 1 : 0));

export const level = (value: number): string => percent(value);
