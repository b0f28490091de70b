// A chart over time; its numbers are in a table besides, for those who do not see it.
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { onColours } from './theme.js';
import { hour } from './words.js';

export interface Line {
  label: string;
  /** Name of a colour of the page, such as `--good`. */
  colour: string;
  values: (number | null)[];
  filled?: boolean;
}

interface ChartProps {
  title: string;
  /** Epoch seconds. */
  at: number[];
  lines: Line[];
  format: (value: number) => string;
  /** How far apart lines of its grid may be. */
  steps?: number[];
}

const HEIGHT = 160;

export function Chart({ title, at, lines, format, steps }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const names = lines.map(({ label }) => label).join(' and ');
  useEffect(() => {
    let over = false;
    const draw = async () => {
      const { default: UPlot } = await import('uplot');
      if (over || !place.current) return;
      plot.current?.destroy();
      plot.current = new UPlot(
        options(place.current, lines, format, steps),
        [at, ...lines.map(({ values }) => values)],
        place.current,
      );
    };
    if (plot.current) plot.current.setData([at, ...lines.map(({ values }) => values)]);
    else void draw();
    return () => {
      over = true;
    };
  }, [at, lines]);
  useEffect(() => {
    const resized = new ResizeObserver(() => {
      plot.current?.setSize({ width: place.current!.clientWidth, height: HEIGHT });
    });
    resized.observe(place.current!);
    const colours = onColours(() => plot.current?.redraw());
    return () => {
      colours();
      resized.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  const last = lines.map(({ label, values }) => `${label} ${format(values.findLast((value) => value !== null) ?? 0)}`);
  return (
    <figure>
      <figcaption>
        {title} <span class="dim">{last.join(' · ')}</span>
      </figcaption>
      <div ref={place} class="chart" role="img" aria-label={`${title}: ${names} over time; now ${last.join(', ')}`} />
    </figure>
  );
}

/** @param place has the colours of the page */
function options(
  place: HTMLElement,
  lines: readonly Line[],
  format: (value: number) => string,
  steps: number[] | undefined,
): uPlot.Options {
  // Asked for with each drawing: the theme may have changed.
  const colour =
    (name: string, opacity = 1) =>
    () => {
      place.style.color = `var(${name})`;
      return getComputedStyle(place).color.replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);
    };
  const axis = {
    stroke: colour('--dim'),
    grid: { stroke: colour('--edge'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: { y: { range: (_, __, max) => [0, Math.max(max, 1) * 1.1] } },
    axes: [
      { ...axis, size: 28, space: 72, values: (_, ticks) => ticks.map(hour) },
      { ...axis, size: widthOf, incrs: steps, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: name, filled }) => ({
        label,
        stroke: colour(name),
        width: 1.5,
        points: { size: 4, filter: (plot: uPlot, of: number) => lonely(plot.data[of]!) },
        fill: filled ? colour(name, 0.2) : undefined,
      })),
    ],
  };
}

/** Of an axis, px. */
function widthOf(_: uPlot, labels: string[] | null): number {
  return 16 + 7 * Math.max(3, ...(labels ?? []).map(({ length }) => length));
}

/** A figure without neighbours is on no line; @returns where such stand. */
function lonely(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values).flatMap((value, at, all) =>
    value != null && all[at - 1] == null && all[at + 1] == null ? [at] : [],
  );
}
