// A plot with its axes. What it shows also stands in a table beside it.

import type { ComponentChildren } from "preact";

import { linear, ticks, type Range, type Scale } from "./plot";

export interface Axis {
  label: string;
  range: Range;
  text: (value: number) => string;
  marks?: number[]; // where they are not round numbers of the range
}

interface ChartProps {
  title: string; // what it shows, for who does not see it
  x: Axis;
  y: Axis;
  height?: number;
  legend?: { text: string; look: string }[];
  children: (x: Scale, y: Scale) => ComponentChildren;
}

const WIDTH = 460;
const LEFT = 64;
const RIGHT = 16;
const TOP = 14;
const BELOW = 52;

export function Chart({ title, x, y, height = 400, legend = [], children }: ChartProps) {
  const bottom = height - BELOW;
  const across = linear(x.range, [LEFT, WIDTH - RIGHT]);
  const up = linear(y.range, [bottom, TOP]);
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={title}>
        {(y.marks ?? ticks(y.range)).map((value) => (
          <g key={`y${value}`}>
            <line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={up(value)} y2={up(value)} />
            <text x={LEFT - 8} y={up(value) + 4} text-anchor="end">
              {y.text(value)}
            </text>
          </g>
        ))}
        {(x.marks ?? ticks(x.range)).map((value) => (
          <g key={`x${value}`}>
            <line class="grid" x1={across(value)} x2={across(value)} y1={TOP} y2={bottom} />
            <text x={across(value)} y={bottom + 18} text-anchor="middle">
              {x.text(value)}
            </text>
          </g>
        ))}
        <text x={(LEFT + WIDTH - RIGHT) / 2} y={height - 10} text-anchor="middle">
          {x.label}
        </text>
        <text transform={`translate(14 ${(TOP + bottom) / 2}) rotate(-90)`} text-anchor="middle">
          {y.label}
        </text>
        {children(across, up)}
      </svg>
      {legend.length > 0 ? (
        <ul class="legend">
          {legend.map(({ text, look }) => (
            <li key={text}>
              <svg viewBox="0 0 28 10" aria-hidden="true">
                <line class={look} x1="0" x2="28" y1="5" y2="5" />
              </svg>
              {text}
            </li>
          ))}
        </ul>
      ) : null}
    </figure>
  );
}
